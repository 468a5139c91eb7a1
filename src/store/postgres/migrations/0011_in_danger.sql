-- Whether an open order's promise is in danger, by the newest decision: for lists and counts. Until each order is looked at
-- again, the forecast under the default threshold stands for it.
ALTER TABLE orders ADD COLUMN at_risk BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE orders SET at_risk = TRUE WHERE open AND risk_ppm >= 500000;
DROP INDEX orders_at_risk;
CREATE INDEX orders_at_risk ON orders (at_risk DESC, risk_ppm DESC, ship_by, merchant_id, order_id)
    WHERE open AND risk_ppm IS NOT NULL;
