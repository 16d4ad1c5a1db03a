-- AlterTable
ALTER TABLE "Run" ADD COLUMN "basis" TEXT;
ALTER TABLE "Run" ADD COLUMN "epoch" BIGINT;
ALTER TABLE "Run" ADD COLUMN "left" TEXT;
ALTER TABLE "Run" ADD COLUMN "settledAt" DATETIME;
ALTER TABLE "Run" ADD COLUMN "settledBy" TEXT;
ALTER TABLE "Run" ADD COLUMN "settledWords" TEXT;
ALTER TABLE "Run" ADD COLUMN "symptomRule" TEXT;
ALTER TABLE "Run" ADD COLUMN "undoOf" TEXT;

-- AlterTable
ALTER TABLE "RunLock" ADD COLUMN "epoch" BIGINT;

-- CreateTable
CREATE TABLE "Approval" (
    "runId" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "planHash" TEXT NOT NULL,
    "word" TEXT NOT NULL,
    "byId" TEXT,
    "byName" TEXT NOT NULL,
    "byFrom" TEXT,
    "reason" TEXT,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("runId", "slot"),
    CONSTRAINT "Approval_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AutomationOff" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "until" DATETIME
);
