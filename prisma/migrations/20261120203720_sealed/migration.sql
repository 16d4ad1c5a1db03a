-- CreateTable
CREATE TABLE "Sealed" (
    "purpose" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,

    PRIMARY KEY ("purpose", "id")
);

-- CreateIndex
CREATE INDEX "Sealed_keyId_idx" ON "Sealed"("keyId");
