-- CreateTable
CREATE TABLE "DeclaredRunbooks" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "runbooks" TEXT NOT NULL,
    "appliedAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "RunbookSession" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "runbookId" TEXT NOT NULL,
    "serviceId" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "runbook" TEXT NOT NULL,
    "incidentId" TEXT,
    "startedAt" DATETIME NOT NULL,
    "startedBy" TEXT NOT NULL,
    "finishedAt" DATETIME,
    "finishedBy" TEXT,
    "summary" TEXT,
    "seq" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "RunbookMark" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "sessionId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "step" TEXT,
    "note" TEXT,
    "word" TEXT,
    "runId" TEXT,
    "seen" TEXT NOT NULL,
    "rootId" TEXT
);

-- CreateIndex
CREATE INDEX "RunbookSession_serviceId_runbookId_finishedAt_idx" ON "RunbookSession"("serviceId", "runbookId", "finishedAt");

-- CreateIndex
CREATE INDEX "RunbookSession_incidentId_idx" ON "RunbookSession"("incidentId");

-- CreateIndex
CREATE INDEX "RunbookSession_startedAt_idx" ON "RunbookSession"("startedAt");

-- CreateIndex
CREATE INDEX "RunbookMark_sessionId_id_idx" ON "RunbookMark"("sessionId", "id");

-- CreateIndex
CREATE INDEX "RunbookMark_runId_idx" ON "RunbookMark"("runId");
