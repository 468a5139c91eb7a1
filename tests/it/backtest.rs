//! The contract of `forewarn backtest`, through the built binary.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::invariants::floor::{about, event, placed};

/// Thirty days of one shop: an order a day at ten, every third one shipped too late.
fn recording(folder: &Path) -> Result<std::path::PathBuf> {
    let mut lines = Vec::new();
    for day in 1..=28 {
        let id = format!("o{day}");
        let clock = |hour: u32| format!("{day:02} {hour:02}:00");
        let mut order = placed(&id, json!({}));
        order["ship_by"] = json!(ship_by(day));
        lines.push(event(&clock(9), "order.placed", order).to_string());
        lines.push(event(&clock(9), "order.paid", about(&id, json!({}))).to_string());
        let shipped = if day % 3 == 0 { day + 3 } else { day + 1 };
        if shipped <= 31 {
            let at = format!("{shipped:02} 18:00");
            lines.push(event(&at, "warehouse.shipped", about(&id, json!({ "parcel_id": "P1" }))).to_string());
        }
    }
    let path = folder.join("events.jsonl");
    std::fs::write(&path, lines.join("\n"))?;
    Ok(path)
}

/// Two days after ten in the morning of `day`.
fn ship_by(day: u32) -> String {
    format!("2026-03-{:02}T10:00:00+08:00", day + 2)
}

fn backtest(more: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_forewarn")).arg("backtest").args(more).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn figures_rows_and_page_are_those_of_the_contract() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let events = recording(folder.path())?;
    let (page, rows) = (folder.path().join("report.html"), folder.path().join("rows.csv"));
    let paths = [&events, &page, &rows].map(|p| p.display().to_string());
    let args = ["--events", &paths[0], "--json", "--html", &paths[1], "--predictions", &paths[2], "--lang", "zh-CN"];
    let report: Value = serde_json::from_str(&backtest(&args)?)?;
    assert_eq!((&report["orders"], &report["missed"]), (&json!(28), &json!(9)));
    let at_lead = &report["at_lead"];
    // All are open a day before their limit: the quick ones leave sixteen hours before it.
    assert_eq!((&at_lead["n"], report["sweep"].as_array().map(Vec::len)), (&json!(28), Some(19)));
    for figure in
        ["base_rate", "auc", "average_precision", "brier", "precision_at_recall_0_5", "precision_at_recall_0_8"]
    {
        assert!(at_lead[figure].as_f64().is_some_and(|v| (0.0..=1.0).contains(&v)), "{figure}: {at_lead}");
    }
    assert!(report["quote"]["coverage"].is_f64() && report["quote"]["median_width_hours"].is_f64());
    for key in ["risk", "warned", "caught", "false_alarms", "missed", "precision", "recall", "compensation"] {
        assert!(report["sweep"][0].get(key).is_some(), "{key}");
    }
    let text = std::fs::read_to_string(&rows)?;
    let mut lines = text.lines();
    let heads = "merchant_id,order_id,ship_by,predicted_at,risk,quoted_ship_by,handed_over_at,missed";
    assert_eq!(lines.next(), Some(heads));
    assert_eq!(lines.clone().count(), 28);
    let first: Vec<&str> = lines.find(|l| l.contains(",o1,")).unwrap_or("").split(',').collect();
    assert_eq!((first[2], first[3], first[7]), ("2026-03-03T02:00:00Z", "2026-03-02T02:00:00Z", "0"));
    assert!(std::fs::read_to_string(&page)?.contains("回测"));
    Ok(())
}

#[test]
fn the_table_is_for_people_and_faults_are_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let events = recording(folder.path())?.display().to_string();
    let table = backtest(&["--events", &events, "--lang", "en"])?;
    assert!(table.contains("Warn from") && table.contains("in force"), "{table}");
    let missing = folder.path().join("missing.jsonl").display().to_string();
    let error = backtest(&["--events", &missing]).expect_err("there is no such file").to_string();
    assert!(error.contains("missing.jsonl"), "{error}");
    Ok(())
}
