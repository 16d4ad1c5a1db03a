-- CreateTable
CREATE TABLE "HistoryBlock" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "serviceId" TEXT NOT NULL,
    "tier" INTEGER NOT NULL,
    "fromAt" DATETIME NOT NULL,
    "toAt" DATETIME NOT NULL,
    "documents" INTEGER NOT NULL,
    "planId" INTEGER NOT NULL,
    "body" BLOB NOT NULL
);

-- CreateTable
CREATE TABLE "HistoryPlan" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "serviceId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "text" BLOB NOT NULL
);

-- CreateIndex
CREATE INDEX "HistoryBlock_serviceId_tier_fromAt_idx" ON "HistoryBlock"("serviceId", "tier", "fromAt");

-- CreateIndex
CREATE INDEX "HistoryBlock_tier_fromAt_idx" ON "HistoryBlock"("tier", "fromAt");

-- CreateIndex
CREATE UNIQUE INDEX "HistoryPlan_serviceId_hash_key" ON "HistoryPlan"("serviceId", "hash");
