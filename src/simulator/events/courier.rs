//! Posts events to the bot's endpoint, as Teams does.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Request;
use tokio::time::{self, Instant};

use super::BotEvent;
use crate::simulator::world::World;

/// How long Teams waits for an answer before it sends again.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often an event is posted at most; Teams does not say.
const ATTEMPTS: u32 = 3;
/// How long until it is posted again; twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);
/// How many events are under way at once.
const WIDTH: usize = 32;

/// A way to post.
pub(crate) trait Post: Sync {
    /// Posts `request` and returns the status of the answer, if one comes.
    fn post(&self, request: Request<Bytes>) -> impl Future<Output = Option<u16>> + Send;
}

/// Takes events from a world to its bot.
#[derive(Debug)]
pub(crate) struct Courier<P> {
    pub(crate) world: Arc<World>,
    /// When the world began.
    pub(crate) opened: Instant,
    /// Where the simulated services are.
    pub(crate) base_url: String,
    /// Where the bot is.
    pub(crate) endpoint: String,
    pub(crate) post: P,
}

impl<P: Post> Courier<P> {
    /// Posts every event there is and will be; never returns.
    pub(crate) async fn run(self) {
        let bell = self.world.bell();
        let events = stream::unfold((), |()| async {
            loop {
                if let Some(event) = self.take() {
                    return Some((event, ()));
                }
                bell.notified().await;
            }
        });
        events
            .for_each_concurrent(WIDTH, |event| self.deliver(event))
            .await;
    }

    fn take(&self) -> Option<BotEvent> {
        self.world.take_event(self.opened.elapsed(), &self.base_url)
    }

    /// Posts `event` until it is taken, refused, or has been posted often enough.
    async fn deliver(&self, event: BotEvent) {
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            let Some(request) = event.request(&self.endpoint) else {
                tracing::warn!(endpoint = %self.endpoint, "The bot's endpoint is no address.");
                return;
            };
            let answer = time::timeout(PATIENCE, self.post.post(request)).await;
            let status = answer.ok().flatten();
            self.world
                .event_answered(event.number, self.opened.elapsed(), status);
            let is_settled = status.is_some_and(|status| status < 500);
            if is_settled || attempt == ATTEMPTS {
                return;
            }
            time::sleep(pause).await;
            pause *= 2;
        }
    }
}

impl Post for reqwest::Client {
    async fn post(&self, request: Request<Bytes>) -> Option<u16> {
        let request = reqwest::Request::try_from(request.map(reqwest::Body::from)).ok()?;
        let answer = self.execute(request).await.ok()?;
        Some(answer.status().as_u16())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Mutex, PoisonError},
    };

    use super::*;
    use crate::simulator::{EventAnswer, Options, Quotas, Shape};

    /// A bot that answers each posting after a while.
    struct Bot(Mutex<VecDeque<(u64, Option<u16>)>>);

    impl Post for Bot {
        async fn post(&self, _: Request<Bytes>) -> Option<u16> {
            let next = self
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let (seconds, status) = next.unwrap();
            time::sleep(Duration::from_secs(seconds)).await;
            status
        }
    }

    /// Lets a bot that answers like this hear of one removal.
    async fn answered<const N: usize>(answers: [(u64, Option<u16>); N]) -> Vec<EventAnswer> {
        let world = Arc::new(World::new(&Options {
            people: 1,
            seed: 7,
            quotas: Quotas::Off,
            shape: Shape::uniform(),
        }));
        world.uninstall(world.people()[0].object_id);
        let courier = Courier {
            world: Arc::clone(&world),
            opened: Instant::now(),
            base_url: "https://sim".to_owned(),
            endpoint: "http://bot/api/messages".to_owned(),
            post: Bot(Mutex::new(answers.into())),
        };
        time::timeout(Duration::from_mins(5), courier.run())
            .await
            .unwrap_err();
        world.events("https://sim")[0].answers.clone()
    }

    fn answer(at: f64, status: Option<u16>) -> EventAnswer {
        EventAnswer { at, status }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_posted_once_to_a_bot_that_takes_or_refuses_it() {
        for status in [200, 202, 401, 403] {
            assert_eq!(
                vec![answer(1.0, Some(status))],
                answered([(1, Some(status))]).await
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_posted_again_when_the_bot_is_slow_or_broken() {
        let seen = answered([(60, Some(200)), (0, Some(503)), (2, Some(200))]).await;

        let expected = vec![
            answer(15.0, None),
            answer(16.0, Some(503)),
            answer(20.0, Some(200)),
        ];
        assert_eq!(expected, seen);
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_given_up_after_three_postings() {
        let seen = answered([(0, None), (0, Some(500)), (0, Some(500))]).await;

        assert_eq!(3, seen.len());
    }
}
