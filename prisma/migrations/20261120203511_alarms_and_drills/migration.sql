-- AlterTable
ALTER TABLE "Run" ADD COLUMN "memory" TEXT;

-- CreateTable
CREATE TABLE "Alarm" (
    "serviceId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "node" TEXT,
    "severity" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "facts" TEXT NOT NULL,
    "action" TEXT,
    "runId" TEXT NOT NULL,
    "since" DATETIME NOT NULL,

    PRIMARY KEY ("serviceId", "key")
);

-- CreateTable
CREATE TABLE "Drill" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "action" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "verdict" TEXT NOT NULL,
    "figures" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Drill_action_at_idx" ON "Drill"("action", "at");
