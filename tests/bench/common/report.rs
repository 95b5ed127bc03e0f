//! What was measured: a line of a table each, and a file for machines.

use std::{fs, path::PathBuf};

use serde_json::{Map, Value, json};

/// One measured number.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
}

/// What a number has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Nothing in particular.
    None,
}

/// Everything that was measured, now and before.
#[derive(Debug)]
pub(crate) struct Report {
    path: PathBuf,
    measured: Map<String, Value>,
    reached: bool,
}

impl Report {
    /// Opens the file of earlier measurements, if there is one.
    pub(crate) fn open() -> Self {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = target.parent().unwrap().join("bench/results.json");
        let earlier = fs::read(&path).unwrap_or_default();
        println!(
            "{:<20} {:<36} {:>14} {:<10} goal",
            "measurement", "figure", "value", "unit"
        );
        Self {
            path,
            measured: serde_json::from_slice(&earlier).unwrap_or_default(),
            reached: true,
        }
    }

    /// Adds the figures of a measurement, and prints them.
    pub(crate) fn add(&mut self, measurement: &str, figures: Vec<Figure>) {
        for figure in &figures {
            let verdict = if figure.is_reached() { "" } else { "  MISSED" };
            let (name, value, unit) = (figure.name, figure.value, figure.unit);
            // Ratios are small, and a hundredth of one counts.
            let digits = if value < 10.0 { 3 } else { 1 };
            println!(
                "{measurement:<20} {name:<36} {value:>14.digits$} {unit:<10} {}{verdict}",
                figure.goal.text()
            );
            self.reached &= figure.is_reached();
        }
        let figures = figures.iter().map(Figure::to_json).collect();
        self.measured.insert(measurement.to_owned(), figures);
    }

    /// Writes everything down.
    pub(crate) fn save(&self) {
        fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        let text = serde_json::to_string_pretty(&self.measured).unwrap();
        fs::write(&self.path, text).unwrap();
        println!("\nresults: {}", self.path.display());
    }

    /// Whether everything that was measured now is what it has to be.
    pub(crate) fn all_reached(&self) -> bool {
        self.reached
    }
}

impl Figure {
    fn is_reached(&self) -> bool {
        match self.goal {
            Goal::AtLeast(least) => least <= self.value,
            Goal::AtMost(most) => self.value <= most,
            Goal::None => true,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal.text(),
            "reached": self.is_reached(),
        })
    }
}

impl Goal {
    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!(">= {least}"),
            Self::AtMost(most) => format!("<= {most}"),
            Self::None => String::new(),
        }
    }
}
