-- CreateTable
CREATE TABLE "UsedCode" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "usedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "UsedCode_usedAt_idx" ON "UsedCode"("usedAt");
