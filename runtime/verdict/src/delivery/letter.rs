//! A message as mail: what is told is the subject, and what belongs together is a thread.

use roundsman_order::{Body, DeliveryRequest, Method};

use super::message::{AlertAction, Letterhead, Message, News};
use crate::outputs::mail;

/// The addresses of sender and recipients.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// `None`: the account that sends it.
    pub from: Option<&'a str>,
    pub to: &'a [String],
}

/// Makes the request of a message.
#[must_use]
pub fn request(message: &Message, id: u64, envelope: Envelope<'_>, head: &Letterhead<'_>) -> DeliveryRequest {
    let address = |id: String| format!("roundsman.{id}@{}", head.host.name);
    let own = address(message.id(head));
    let about = first(message).map(|first| address(first.id(head)));
    let subject = message.text(head);
    let text = text(message, head);
    let mail = mail::MailMessage {
        from: envelope.from,
        to: envelope.to,
        at: head.now.at,
        subject: &subject,
        id: &own,
        about: about.as_deref(),
        text: &text,
    };
    DeliveryRequest { id, method: Method::Post, headers: Vec::new(), body: Body::whole(mail::encode(&mail)) }
}

/// Returns the message that began the trouble, as far as its id depends on it.
fn first(message: &Message) -> Option<Message> {
    let [news] = message.news.as_slice() else { return None };
    let begun = News { event: AlertAction::Trigger, stamp: news.begun.clone()?, ..news.clone() };
    Some(Message { news: vec![begun], place: message.place.clone() })
}

/// Writes a line for each change, and since when it is so.
fn text(message: &Message, head: &Letterhead<'_>) -> String {
    let lines = message.news.iter().map(|news| {
        let since = news.since.map(|since| format!("\n  since {}", head.now.show(since))).unwrap_or_default();
        format!("{}{since}\n", news.line(&head.host.name, head.now.at))
    });
    format!("{}\n-- \nroundsman on {}, output {}\n", lines.collect::<String>(), head.host.name, head.output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::receiver_place::ReceiverPlace;
    use crate::delivery::subject::Subject;
    use jiff::Timestamp;
    use roundsman_contract::Status;

    fn news(event: AlertAction, status: Status, stamp: &str, begun: Option<&str>) -> News {
        let (status, was, since) = (Some(status), Some(Status::Critical), Some(Timestamp::UNIX_EPOCH));
        let (summary, stamp, begun) = ("a\nb".to_owned(), stamp.to_owned(), begun.map(str::to_owned));
        let was_since = since;
        News { subject: Subject::of("disk", None), event, status, was, since, was_since, summary, stamp, begun }
    }

    fn mail(news: Vec<News>) -> String {
        let now = Timestamp::from_second(7_200).unwrap();
        let head = Letterhead { host: "web1".into(), machine: "m", output: "ops", now: now.into() };
        let to = ["ops@example.com".to_owned()];
        let envelope = Envelope { from: None, to: &to };
        request(&Message { news, place: ReceiverPlace::default() }, 1, envelope, &head).body.text()
    }

    fn field<'t>(mail: &'t str, name: &str) -> Option<&'t str> {
        mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[test]
    fn the_end_of_a_trouble_refers_to_its_begin() {
        let begin = mail(vec![news(AlertAction::Trigger, Status::Critical, "7", None)]);
        assert_eq!(field(&begin, "References"), None, "{begin}");
        let end = mail(vec![news(AlertAction::Resolve, Status::Ok, "8", Some("7"))]);
        assert!(
            field(&begin, "Message-ID").is_some() && field(&end, "References") == field(&begin, "Message-ID"),
            "{end}"
        );
        assert_ne!(field(&end, "Message-ID"), field(&begin, "Message-ID"));
        assert_eq!(field(&end, "Subject"), Some("OK web1 disk (was CRITICAL for 2 h): a\\nb"));
        let many = mail(vec![
            news(AlertAction::Trigger, Status::Critical, "7", None),
            news(AlertAction::Resolve, Status::Ok, "8", Some("7")),
        ]);
        assert!(field(&many, "References").is_none() && many.matches("  since ").count() == 2, "{many}");
    }
}
