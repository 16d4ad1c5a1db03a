-- AlterTable
ALTER TABLE "Event" ADD COLUMN "since" DATETIME;
ALTER TABLE "Event" ADD COLUMN "state" TEXT;

-- AlterTable
ALTER TABLE "ServiceState" ADD COLUMN "memory" TEXT;
