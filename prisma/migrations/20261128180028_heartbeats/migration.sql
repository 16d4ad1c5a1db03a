-- AlterTable
ALTER TABLE "Service" ADD COLUMN "expectedSince" DATETIME;

-- CreateTable
CREATE TABLE "Heartbeat" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "serviceId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "says" TEXT NOT NULL,
    "run" TEXT,
    "exitCode" INTEGER,
    "durationMs" INTEGER,
    "message" TEXT,
    "log" TEXT,
    "tokenName" TEXT NOT NULL,
    "from" TEXT
);

-- CreateTable
CREATE TABLE "Listening" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "fromAt" DATETIME NOT NULL,
    "untilAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "Heartbeat_serviceId_id_idx" ON "Heartbeat"("serviceId", "id");

-- CreateIndex
CREATE INDEX "Listening_untilAt_idx" ON "Listening"("untilAt");
