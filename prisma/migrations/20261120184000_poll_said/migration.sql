-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "said" TEXT;
