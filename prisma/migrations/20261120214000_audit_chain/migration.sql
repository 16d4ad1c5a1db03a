-- The audit log becomes a chain: each row's hash covers the row and the hash before it (lib/store/audit-chain.ts). Rows that
-- are there already have no hash yet: SQL cannot make one, so `migrateStore` gives it to them once, right after this.
ALTER TABLE "Audit" ADD COLUMN "actorRole" TEXT;
ALTER TABLE "Audit" ADD COLUMN "method" TEXT;
ALTER TABLE "Audit" ADD COLUMN "actorId" TEXT;
ALTER TABLE "Audit" ADD COLUMN "reason" TEXT;
ALTER TABLE "Audit" ADD COLUMN "outcome" TEXT NOT NULL DEFAULT 'done';
ALTER TABLE "Audit" ADD COLUMN "refusal" TEXT;
ALTER TABLE "Audit" ADD COLUMN "times" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Audit" ADD COLUMN "serviceId" TEXT;
ALTER TABLE "Audit" ADD COLUMN "approvalId" TEXT;
ALTER TABLE "Audit" ADD COLUMN "incidentId" TEXT;
ALTER TABLE "Audit" ADD COLUMN "snapshotId" TEXT;
ALTER TABLE "Audit" ADD COLUMN "form" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Audit" ADD COLUMN "hash" TEXT;
CREATE INDEX "Audit_actorName_id_idx" ON "Audit"("actorName", "id");
CREATE INDEX "Audit_command_id_idx" ON "Audit"("command", "id");
CREATE INDEX "Audit_target_id_idx" ON "Audit"("target", "id");
CREATE INDEX "Audit_serviceId_id_idx" ON "Audit"("serviceId", "id");
CREATE INDEX "Audit_runId_idx" ON "Audit"("runId");
CREATE INDEX "Audit_outcome_id_idx" ON "Audit"("outcome", "id");

CREATE TABLE "AuditChain" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "headSeq" INTEGER NOT NULL,
    "headHash" TEXT NOT NULL,
    "anchorSeq" INTEGER NOT NULL,
    "anchorHash" TEXT NOT NULL
);
INSERT INTO "AuditChain" VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- A row that has no hash may get one, and nothing else of it may change.
DROP TRIGGER "Audit_no_update";
CREATE TRIGGER "Audit_no_update" BEFORE UPDATE ON "Audit" WHEN OLD."hash" IS NOT NULL OR NEW."hash" IS NULL
  OR NEW."id" IS NOT OLD."id"
  OR NEW."at" IS NOT OLD."at"
  OR NEW."actorKind" IS NOT OLD."actorKind"
  OR NEW."actorName" IS NOT OLD."actorName"
  OR NEW."actorFrom" IS NOT OLD."actorFrom"
  OR NEW."command" IS NOT OLD."command"
  OR NEW."target" IS NOT OLD."target"
  OR NEW."before" IS NOT OLD."before"
  OR NEW."after" IS NOT OLD."after"
  OR NEW."runId" IS NOT OLD."runId"
  OR NEW."actorRole" IS NOT OLD."actorRole"
  OR NEW."method" IS NOT OLD."method"
  OR NEW."actorId" IS NOT OLD."actorId"
  OR NEW."reason" IS NOT OLD."reason"
  OR NEW."outcome" IS NOT OLD."outcome"
  OR NEW."refusal" IS NOT OLD."refusal"
  OR NEW."times" IS NOT OLD."times"
  OR NEW."serviceId" IS NOT OLD."serviceId"
  OR NEW."approvalId" IS NOT OLD."approvalId"
  OR NEW."incidentId" IS NOT OLD."incidentId"
  OR NEW."snapshotId" IS NOT OLD."snapshotId"
  OR NEW."form" IS NOT OLD."form"
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Rows come in their order, without holes, and hashed.
CREATE TRIGGER "Audit_in_order" BEFORE INSERT ON "Audit"
WHEN NEW."hash" IS NULL OR NEW."id" IS NOT (SELECT "headSeq" + 1 FROM "AuditChain" WHERE "id" = 1)
BEGIN SELECT RAISE(ABORT, 'the audit log takes rows at its end only'); END;
CREATE TRIGGER "Audit_moves_head" AFTER INSERT ON "Audit"
BEGIN UPDATE "AuditChain" SET "headSeq" = NEW."id", "headHash" = NEW."hash" WHERE "id" = 1; END;

-- What pruning took is named by the anchor, and only what it names may be taken away.
DROP TRIGGER "Audit_no_delete";
CREATE TRIGGER "Audit_no_delete" BEFORE DELETE ON "Audit"
WHEN OLD."id" > COALESCE((SELECT "anchorSeq" FROM "AuditChain" WHERE "id" = 1), 0)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER "AuditChain_head" BEFORE UPDATE ON "AuditChain"
WHEN NEW."id" IS NOT OLD."id" OR NEW."headSeq" < OLD."headSeq"
  OR (NEW."headSeq" IS NOT OLD."headSeq" OR NEW."headHash" IS NOT OLD."headHash")
    AND NEW."headHash" IS NOT (SELECT "hash" FROM "Audit" WHERE "id" = NEW."headSeq")
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is its last row'); END;

-- The anchor rises to a row that is there, in a transaction that has just written that it will.
CREATE TRIGGER "AuditChain_anchor" BEFORE UPDATE ON "AuditChain"
WHEN (NEW."anchorSeq" IS NOT OLD."anchorSeq" OR NEW."anchorHash" IS NOT OLD."anchorHash") AND NOT (
  NEW."anchorSeq" > OLD."anchorSeq" AND NEW."anchorSeq" < OLD."headSeq"
  AND NEW."anchorHash" IS (SELECT "hash" FROM "Audit" WHERE "id" = NEW."anchorSeq")
  AND 'prune-audit' IS (SELECT "command" FROM "Audit" WHERE "id" = OLD."headSeq"))
BEGIN SELECT RAISE(ABORT, 'only recorded pruning moves the anchor of the audit log'); END;
CREATE TRIGGER "AuditChain_stays" BEFORE DELETE ON "AuditChain" BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
