//! The task that looks at the counts now and then and shows them.

use std::{
    fmt,
    io::{self, IsTerminal},
    sync::Arc,
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{self, Instant, MissedTickBehavior},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{bars::Bars, counts::Counts, line::View, plain::Plain, rate::Rate};
use crate::{pipeline::Observer, remote::BudgetFigures};

/// Smooth for the eye, nothing for the processor.
const FRAME: Duration = Duration::from_millis(200);

/// A line this often is a story, more often a flood.
const LINE: Duration = Duration::from_secs(10);

/// Reads what the budgets are doing.
pub type FiguresFn = Box<dyn Fn() -> Vec<BudgetFigures> + Send + Sync>;

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Bars on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// Bars; lines where there is no terminal to draw them on.
    Bar,
    /// One line every ten seconds.
    Plain,
    /// Nothing.
    None,
}

/// Shows a run on standard error until it is finished or dropped.
#[derive(Debug)]
pub struct Display {
    counts: Arc<Counts>,
    task: Option<(DropGuard, JoinHandle<()>)>,
}

impl Display {
    /// Starts showing. Needs a tokio runtime.
    pub fn start(kind: Kind, figures: FiguresFn) -> Self {
        let terminal = io::stderr().is_terminal();
        match (kind, terminal) {
            (Kind::None, _) => Self {
                counts: Arc::default(),
                task: None,
            },
            (Kind::Auto | Kind::Bar, true) => match Bars::new() {
                Ok(bars) => Self::run(FRAME, Box::new(bars), figures),
                Err(_) => Self::lines(figures),
            },
            (Kind::Auto | Kind::Bar, false) | (Kind::Plain, _) => Self::lines(figures),
        }
    }

    /// What the pipeline reports to.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::<Counts>::clone(&self.counts)
    }

    /// Shows the last numbers, removes what would be in the way and returns
    /// once nothing more is written.
    pub async fn finish(self) {
        if let Some((running, task)) = self.task {
            drop(running);
            // A painter that panicked takes only the picture with it.
            task.await.ok();
        }
    }

    fn lines(figures: FiguresFn) -> Self {
        Self::run(LINE, Box::new(Plain::new(io::stderr())), figures)
    }

    fn run(period: Duration, painter: Box<dyn Painter>, figures: FiguresFn) -> Self {
        let counts = Arc::<Counts>::default();
        let stop = CancellationToken::new();
        let watch = Watch {
            counts: Arc::clone(&counts),
            figures,
            painter,
            started: Instant::now(),
            rate: Rate::default(),
        };
        let task = tokio::spawn(watch.run(period, stop.clone()));
        Self {
            counts,
            task: Some((stop.drop_guard(), task)),
        }
    }
}

/// Shows one moment after the other.
pub(super) trait Painter: Send {
    /// Shows `view`.
    fn paint(&mut self, view: &View);
    /// Shows the last `view`; nothing follows.
    fn end(&mut self, view: &View);
}

/// The counts, and who looks at them.
struct Watch {
    counts: Arc<Counts>,
    figures: FiguresFn,
    painter: Box<dyn Painter>,
    started: Instant,
    rate: Rate,
}

impl Watch {
    async fn run(mut self, period: Duration, stop: CancellationToken) {
        let mut ticks = time::interval_at(self.started + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let view = self.view();
            self.painter.paint(&view);
        }
        let view = self.view();
        self.painter.end(&view);
    }

    fn view(&mut self) -> View {
        let counts = self.counts.snapshot();
        let elapsed = self.started.elapsed();
        View {
            counts,
            figures: (self.figures)(),
            elapsed,
            rate: self.rate.read(elapsed, counts.settled()),
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Mutex, PoisonError},
    };

    use super::*;
    use crate::model::Outcome;

    /// A page everybody may read.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        fn lines(&self) -> Vec<String> {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&bytes)
                .lines()
                .map(str::to_owned)
                .collect()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            page.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_appears_every_ten_seconds_and_one_at_the_end() {
        let page = Page::default();
        let painter = Box::new(Plain::new(page.clone()));
        let display = Display::run(LINE, painter, Box::new(Vec::new));
        let observer = display.observer();
        observer.listed(600);
        observer.all_listed();

        for _ in 0..100 {
            observer.settled(Outcome::Delivered);
        }
        time::sleep(Duration::from_secs(10) + FRAME).await;
        observer.settled(Outcome::InDoubt);
        display.finish().await;

        assert_eq!(
            page.lines(),
            [
                "100 of 600 rows · 100 delivered · 10.0/s · less than a minute left",
                "101 of 600 rows · 100 delivered · 1 in-doubt · 9.9/s · less than a minute left",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_display_that_is_dropped_stops() {
        let page = Page::default();
        let painter = Box::new(Plain::new(page.clone()));
        let display = Display::run(LINE, painter, Box::new(Vec::new));

        drop(display);
        time::sleep(100 * LINE).await;

        assert_eq!(page.lines().len(), 1);
    }

    #[tokio::test]
    async fn nothing_is_shown_and_nothing_runs_when_nobody_watches() {
        let display = Display::start(Kind::None, Box::new(Vec::new));

        assert!(display.task.is_none());
        display.observer().listed(1);
        display.finish().await;
    }
}
