//! The figures of a binary forecast: how well it ranks, how true its chances are.

/// Bins of a calibration table.
const BINS: usize = 10;

/// One foretold chance (0-1) and whether it came true.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foretold {
    pub(super) chance: f64,
    pub(super) came_true: bool,
}

/// A threshold's precision and recall, from the highest chance downwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) precision: f64,
    pub(super) recall: f64,
}

/// Orders with about the same chance.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Bin {
    /// How many.
    pub n: usize,
    /// Their mean chance, as foretold (0-1).
    pub foretold: f64,
    /// Share of them for which it came true.
    pub happened: f64,
}

/// Area under the receiver operating characteristic: the chance that one that came true was given the higher chance,
/// ties counting half; `None` unless both outcomes are there.
pub(super) fn auc(all: &[Foretold]) -> Option<f64> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.chance.total_cmp(&b.chance));
    let (mut ranks, mut begun) = (0.0, 0);
    for tied in sorted.chunk_by(|a, b| a.chance.total_cmp(&b.chance).is_eq()) {
        let middle = count(2 * begun + tied.len() + 1) / 2.0;
        ranks += middle * count(trues(tied));
        begun += tied.len();
    }
    let (yes, no) = (count(trues(all)), count(all.len() - trues(all)));
    (yes > 0.0 && no > 0.0).then(|| (ranks - yes * (yes + 1.0) / 2.0) / (yes * no))
}

/// Precision and recall at each distinct threshold; empty when nothing came true.
pub(super) fn curve(all: &[Foretold]) -> Vec<Point> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    let yes = count(trues(all));
    if yes == 0.0 {
        return Vec::new();
    }
    let (mut taken, mut caught) = (0, 0);
    let tied = sorted.chunk_by(|a, b| a.chance.total_cmp(&b.chance).is_eq());
    tied.map(|tied| {
        taken += tied.len();
        caught += trues(tied);
        Point { precision: count(caught) / count(taken), recall: count(caught) / yes }
    })
    .collect()
}

/// Mean precision over recall, each step of recall weighed by its width.
pub(super) fn average_precision(curve: &[Point]) -> Option<f64> {
    let mut last = 0.0;
    let mut sum = 0.0;
    for point in curve {
        sum += (point.recall - last) * point.precision;
        last = point.recall;
    }
    (!curve.is_empty()).then_some(sum)
}

/// The best precision at which at least `recall` of what came true is caught.
pub(super) fn precision_at(curve: &[Point], recall: f64) -> Option<f64> {
    curve.iter().filter(|p| p.recall >= recall).map(|p| p.precision).max_by(f64::total_cmp)
}

/// Mean squared distance of chances from what came.
pub(super) fn brier(all: &[Foretold]) -> Option<f64> {
    let squares = all.iter().map(|f| (f.chance - outcome(*f)) * (f.chance - outcome(*f)));
    mean(squares)
}

/// Ten bins of as many orders each, by chance.
pub(super) fn bins(all: &[Foretold]) -> Vec<Bin> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.chance.total_cmp(&b.chance));
    let bin = |b: usize| {
        let part = &sorted[b * sorted.len() / BINS..(b + 1) * sorted.len() / BINS];
        let foretold = mean(part.iter().map(|f| f.chance))?;
        Some(Bin { n: part.len(), foretold, happened: mean(part.iter().map(|f| outcome(*f)))? })
    };
    (0..BINS).filter_map(bin).collect()
}

/// Mean distance of foretold chances from what came, over the bins, each weighed by its orders.
pub(super) fn calibration_error(bins: &[Bin]) -> Option<f64> {
    let all: usize = bins.iter().map(|b| b.n).sum();
    let errors = bins.iter().map(|b| count(b.n) * (b.foretold - b.happened).abs());
    (all > 0).then(|| errors.sum::<f64>() / count(all))
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut n, mut sum) = (0, 0.0);
    for value in values {
        n += 1;
        sum += value;
    }
    (n > 0).then(|| sum / count(n))
}

/// The middle one; of two, the mean.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[expect(clippy::cast_precision_loss, reason = "counts of orders stay far below 2^53")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

fn trues(some: &[Foretold]) -> usize {
    some.iter().filter(|f| f.came_true).count()
}

fn outcome(f: Foretold) -> f64 {
    if f.came_true { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foretold(all: &[(f64, bool)]) -> Vec<Foretold> {
        all.iter().map(|(chance, came_true)| Foretold { chance: *chance, came_true: *came_true }).collect()
    }

    fn close(a: Option<f64>, b: f64) {
        assert!(a.is_some_and(|a| (a - b).abs() < 1e-12), "{a:?} is not {b}");
    }

    // The expected figures were reckoned by hand from the definitions.
    #[test]
    fn ranking_figures_count_ties_as_half() {
        let all = foretold(&[(0.9, true), (0.8, false), (0.8, true), (0.3, false), (0.1, false)]);
        close(auc(&all), (3.0 + 2.5) / 6.0);
        let curve = curve(&all);
        close(average_precision(&curve), 0.5 * 1.0 + 0.5 * (2.0 / 3.0));
        close(precision_at(&curve, 0.5), 1.0);
        close(precision_at(&curve, 0.8), 2.0 / 3.0);
        assert_eq!(auc(&foretold(&[(0.5, true)])), None);
        assert_eq!(average_precision(&[]), None);
    }

    #[test]
    fn calibration_is_measured_in_ten_bins_of_as_many_orders() {
        let all: Vec<(f64, bool)> = (0..100).map(|n| (f64::from(n) / 100.0, n % 10 < n / 10)).collect();
        let bins = bins(&foretold(&all));
        assert_eq!(bins.len(), 10);
        assert!(bins.iter().all(|b| b.n == 10));
        close(Some(bins[3].happened), 0.3);
        close(calibration_error(&bins), 0.045);
        close(brier(&foretold(&[(0.5, true), (0.0, false)])), 0.125);
        close(median(vec![3.0, 1.0, 2.0, 10.0]), 2.5);
        assert!(bins.iter().is_sorted_by(|a, b| a.foretold <= b.foretold));
    }
}
