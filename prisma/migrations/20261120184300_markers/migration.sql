-- AlterTable
ALTER TABLE "Event" ADD COLUMN "change" TEXT;
ALTER TABLE "Event" ADD COLUMN "key" TEXT;
ALTER TABLE "Event" ADD COLUMN "link" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "Event_key_key" ON "Event"("key");
