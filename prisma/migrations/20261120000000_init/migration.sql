-- CreateTable
CREATE TABLE "Sequence" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "value" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Service" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "group" TEXT,
    "position" INTEGER NOT NULL,
    "dependsOn" TEXT NOT NULL,
    "intervalMs" INTEGER NOT NULL,
    "timeoutMs" INTEGER NOT NULL,
    "rules" TEXT NOT NULL,
    "config" TEXT NOT NULL,
    "removedAt" DATETIME,
    "seq" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ServiceState" (
    "serviceId" TEXT NOT NULL PRIMARY KEY,
    "status" TEXT NOT NULL,
    "since" DATETIME,
    "checkedAt" DATETIME,
    "summary" TEXT NOT NULL,
    "findings" TEXT NOT NULL,
    "failure" TEXT,
    "detail" TEXT,
    "detailAt" DATETIME,
    "trend" TEXT NOT NULL,
    "actions" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    CONSTRAINT "ServiceState_serviceId_fkey" FOREIGN KEY ("serviceId") REFERENCES "Service" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "serviceId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "status" TEXT NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "metrics" TEXT NOT NULL,
    "detail" BLOB,

    PRIMARY KEY ("serviceId", "at")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "serviceId" TEXT,
    "kind" TEXT NOT NULL,
    "from" TEXT,
    "to" TEXT,
    "actor" TEXT,
    "text" TEXT NOT NULL,
    "runId" TEXT
);

-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "serviceId" TEXT NOT NULL,
    "serviceName" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "risk" TEXT NOT NULL,
    "params" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "reason" TEXT,
    "actorKind" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "actorFrom" TEXT,
    "idempotencyKey" TEXT NOT NULL,
    "bodyHash" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "verdict" TEXT,
    "plan" TEXT,
    "planHash" TEXT,
    "planExpiresAt" DATETIME,
    "node" TEXT,
    "symptoms" TEXT NOT NULL,
    "checks" TEXT NOT NULL,
    "steps" TEXT NOT NULL,
    "verification" TEXT,
    "requestedAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "confirmedBy" TEXT,
    "confirmedAt" DATETIME,
    "cancelRequested" BOOLEAN NOT NULL,
    "seq" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "JournalLine" (
    "runId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "node" TEXT,
    "text" TEXT NOT NULL,

    PRIMARY KEY ("runId", "seq"),
    CONSTRAINT "JournalLine_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RunLock" (
    "resource" TEXT NOT NULL PRIMARY KEY,
    "runId" TEXT NOT NULL,
    "acquiredAt" DATETIME NOT NULL,
    CONSTRAINT "RunLock_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Audit" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "actorKind" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "actorFrom" TEXT,
    "command" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT,
    "runId" TEXT
);

-- CreateTable
CREATE TABLE "PollRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "serviceId" TEXT,
    "requestedBy" TEXT NOT NULL,
    "requestedAt" DATETIME NOT NULL,
    "claimedAt" DATETIME,
    "finishedAt" DATETIME,
    "polled" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "IncidentSnapshot" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "secretHash" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "note" TEXT,
    "at" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "revokedAt" DATETIME,
    "bytes" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "body" BLOB NOT NULL
);

-- CreateTable
CREATE TABLE "PollerBeat" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "beatAt" DATETIME NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "pid" INTEGER NOT NULL,
    "notices" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Service_seq_idx" ON "Service"("seq");

-- CreateIndex
CREATE INDEX "ServiceState_seq_idx" ON "ServiceState"("seq");

-- CreateIndex
CREATE INDEX "Event_at_idx" ON "Event"("at");

-- CreateIndex
CREATE INDEX "Event_serviceId_at_idx" ON "Event"("serviceId", "at");

-- CreateIndex
CREATE INDEX "Run_seq_idx" ON "Run"("seq");

-- CreateIndex
CREATE INDEX "Run_serviceId_requestedAt_idx" ON "Run"("serviceId", "requestedAt");

-- CreateIndex
CREATE INDEX "Run_requestedAt_idx" ON "Run"("requestedAt");

-- CreateIndex
CREATE INDEX "Run_finishedAt_idx" ON "Run"("finishedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Run_actorName_idempotencyKey_key" ON "Run"("actorName", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Audit_at_idx" ON "Audit"("at");

-- CreateIndex
CREATE INDEX "PollRequest_claimedAt_idx" ON "PollRequest"("claimedAt");

-- CreateIndex
CREATE INDEX "PollRequest_requestedAt_idx" ON "PollRequest"("requestedAt");

-- CreateIndex
CREATE UNIQUE INDEX "IncidentSnapshot_secretHash_key" ON "IncidentSnapshot"("secretHash");

-- CreateIndex
CREATE INDEX "IncidentSnapshot_at_idx" ON "IncidentSnapshot"("at");

-- The one row that gives out change numbers.
INSERT INTO "Sequence" ("id", "value") VALUES (1, 0);

-- What happened cannot be rewritten.
CREATE TRIGGER "JournalLine_no_update" BEFORE UPDATE ON "JournalLine" BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER "JournalLine_no_delete" BEFORE DELETE ON "JournalLine" BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER "Audit_no_update" BEFORE UPDATE ON "Audit" BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER "Audit_no_delete" BEFORE DELETE ON "Audit" BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
