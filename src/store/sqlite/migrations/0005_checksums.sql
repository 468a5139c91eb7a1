-- A checksum beside each row that steers what is said to whom. Null: the row was not saved since, and is taken as it is.
-- A later step that changes a column a sum covers sets the sums of its table to null.
ALTER TABLE orders ADD COLUMN checksum INTEGER;
ALTER TABLE preferences ADD COLUMN checksum INTEGER;
ALTER TABLE warehouses ADD COLUMN checksum INTEGER;
ALTER TABLE merchants ADD COLUMN checksum INTEGER;
ALTER TABLE conditions ADD COLUMN checksum INTEGER;
ALTER TABLE notices ADD COLUMN checksum INTEGER;
ALTER TABLE grants ADD COLUMN checksum INTEGER;
ALTER TABLE observations ADD COLUMN checksum INTEGER;
ALTER TABLE model_groups ADD COLUMN checksum INTEGER;
ALTER TABLE model_queues ADD COLUMN checksum INTEGER;
ALTER TABLE offsets ADD COLUMN checksum INTEGER;
ALTER TABLE policies ADD COLUMN checksum INTEGER;
ALTER TABLE switches ADD COLUMN checksum INTEGER;
ALTER TABLE access ADD COLUMN checksum INTEGER;
ALTER TABLE notes ADD COLUMN checksum INTEGER;
