-- AlterTable
ALTER TABLE "Service" ADD COLUMN "confirm" TEXT;

-- CreateTable
CREATE TABLE "ConfirmChoice" (
    "serviceId" TEXT NOT NULL PRIMARY KEY,
    "confirm" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL
);
