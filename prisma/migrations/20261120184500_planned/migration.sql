-- CreateTable
CREATE TABLE "Maintenance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "origin" TEXT NOT NULL,
    "windowKey" TEXT,
    "covers" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "startAt" DATETIME NOT NULL,
    "endAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "toldAt" DATETIME,
    "endedAt" DATETIME,
    "endedBy" TEXT,
    "seq" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Mute" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "serviceId" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "endedBy" TEXT,
    "seq" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "Maintenance_endAt_idx" ON "Maintenance"("endAt");

-- CreateIndex
CREATE INDEX "Maintenance_seq_idx" ON "Maintenance"("seq");

-- CreateIndex
CREATE INDEX "Mute_expiresAt_idx" ON "Mute"("expiresAt");

-- CreateIndex
CREATE INDEX "Mute_serviceId_createdAt_idx" ON "Mute"("serviceId", "createdAt");

-- CreateIndex
CREATE INDEX "Mute_seq_idx" ON "Mute"("seq");
