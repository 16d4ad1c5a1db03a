-- CreateTable
CREATE TABLE "AccessToken" (
    "purpose" TEXT NOT NULL PRIMARY KEY,
    "sha256" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL
);
