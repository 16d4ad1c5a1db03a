-- CreateTable
CREATE TABLE "HealRule" (
    "serviceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "rule" TEXT NOT NULL,
    "standing" TEXT NOT NULL,
    "stoppedAt" DATETIME,
    "stoppedWords" TEXT,
    "stoppedRunId" TEXT,
    "acknowledgedAt" DATETIME,
    "acknowledgedBy" TEXT,
    "acknowledgedWords" TEXT,
    "seq" BIGINT NOT NULL,

    PRIMARY KEY ("serviceId", "name")
);

-- CreateTable
CREATE TABLE "Heal" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "serviceId" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "node" TEXT,
    "finding" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reasons" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "runId" TEXT,
    "at" DATETIME NOT NULL,
    "lastAt" DATETIME NOT NULL,
    "times" INTEGER NOT NULL,
    "endedAt" DATETIME,
    "seq" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "Heal_at_idx" ON "Heal"("at");

-- CreateIndex
CREATE INDEX "Heal_serviceId_at_idx" ON "Heal"("serviceId", "at");

-- CreateIndex
CREATE INDEX "Heal_endedAt_idx" ON "Heal"("endedAt");
