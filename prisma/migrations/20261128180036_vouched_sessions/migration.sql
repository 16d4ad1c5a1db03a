-- AlterTable
ALTER TABLE "Session" ADD COLUMN "strong" BOOLEAN;
ALTER TABLE "Session" ADD COLUMN "voucher" TEXT;
