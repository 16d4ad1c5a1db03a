-- CreateTable
CREATE TABLE "AccessSettings" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "settings" TEXT NOT NULL,
    "appliedAt" DATETIME NOT NULL
);
