-- CreateTable
CREATE TABLE "FoundDependency" (
    "serviceId" TEXT NOT NULL,
    "dependsOn" TEXT NOT NULL,
    "found" TEXT,
    "refusedByConfig" BOOLEAN NOT NULL,
    "refusedBy" TEXT,
    "refusedAt" DATETIME,

    PRIMARY KEY ("serviceId", "dependsOn")
);
