//! What CSV files of all dialects mean.

use std::io::Cursor;

use proptest::{
    collection::vec,
    prelude::{any, proptest},
    sample::select,
};

use super::*;

const ID: &str = "3F0C0000-0000-0000-0000-00000000000a";

fn open(bytes: impl Into<Vec<u8>>) -> Result<CsvRows, AudienceError> {
    CsvRows::read("users.csv", Cursor::new(bytes.into()))
}

fn rows(bytes: impl Into<Vec<u8>>) -> Vec<ParsedRow> {
    open(bytes).unwrap().map(Result::unwrap).collect()
}

fn listed(row: &ParsedRow) -> &Listed {
    match &row.content {
        RowContent::Listed(listed) => listed,
        RowContent::Malformed { .. } => panic!("{row:?}"),
    }
}

fn only(bytes: impl Into<Vec<u8>>) -> Listed {
    let rows = rows(bytes);
    assert_eq!(rows.len(), 1, "{rows:?}");
    listed(&rows[0]).clone()
}

fn fields(listed: &Listed) -> Vec<(&str, &str)> {
    let pairs = listed.fields.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The reason why a row is malformed, and what is shown of it.
fn reason(row: &ParsedRow) -> (&str, &str) {
    match &row.content {
        RowContent::Malformed { user, reason } => (user, reason),
        RowContent::Listed(_) => panic!("{row:?}"),
    }
}

#[test]
fn every_delimiter_and_line_end_gives_the_same_rows() {
    let plain = rows("mail,First Name\na@x,Ann\nb@x,\"B, ob\"\n");

    for text in [
        "mail;First Name\r\na@x;Ann\r\nb@x;B, ob\r\n",
        "mail\tFirst Name\na@x\tAnn\nb@x\tB, ob",
        "\u{feff}mail,First Name\r\na@x,Ann\r\nb@x,\"B, ob\"",
        "\n\n MAIL , first-name \na@x, Ann \nb@x,\"B, ob\"",
    ] {
        let same: Vec<_> = rows(text).into_iter().map(|row| row.content).collect();
        let expected: Vec<_> = plain.iter().map(|row| row.content.clone()).collect();
        assert_eq!(same, expected, "{text}");
    }
    assert_eq!(fields(listed(&plain[1])), [("first_name", "B, ob")]);
}

#[test]
fn unicode_text_from_excel_is_utf_16_with_tabs() {
    let text = "\u{feff}upn\tname\r\nzoë@x\tZoë\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();

    let zoe = only(bytes);

    assert_eq!(zoe.key, UserKey::UserPrincipalName("zoë@x".to_owned()));
    assert_eq!(fields(&zoe), [("name", "Zoë")]);
}

#[test]
fn a_row_is_labelled_with_the_line_it_starts_on() {
    let rows = rows("mail,note\r\na@x,\"one\r\ntwo\"\r\n\r\nb@x,three\r\n");

    assert_eq!(rows[0].label, "users.csv:2");
    assert_eq!(rows[1].label, "users.csv:5");
    assert_eq!(fields(listed(&rows[0])), [("note", "one\ntwo")]);
}

#[test]
fn the_user_column_is_the_first_of_the_list_wherever_it_stands() {
    let listed = only(format!("user,email,mail,Object_ID\na,b@x,c@x,{ID}\n"));

    assert_eq!(
        listed.key,
        UserKey::ObjectId(ObjectId::new(ID.to_lowercase()).unwrap())
    );
    assert_eq!(
        fields(&listed),
        [("email", "b@x"), ("mail", "c@x"), ("user", "a")]
    );
}

#[test]
fn an_empty_user_cell_gives_way_to_the_next_user_column() {
    let listed = only("object_id,mail,user\n,a@x,b\n");

    assert_eq!(listed.key, UserKey::Mail("a@x".to_owned()));
}

#[test]
fn a_user_is_an_object_id_if_it_looks_like_one() {
    assert!(matches!(
        only(format!("user\n{ID}\n")).key,
        UserKey::ObjectId(_)
    ));
    assert_eq!(only("user\na@x\n").key, UserKey::Either("a@x".to_owned()));
}

#[test]
fn chat_and_language_are_used_as_such_and_empty_cells_are_left_out() {
    let listed = only("upn,chat_id,language,city,team\na@x,19:c,de-CH,,x\n");

    assert_eq!(listed.chat, ChatId::new("19:c").ok());
    assert_eq!(listed.language.as_deref(), Some("de-CH"));
    assert_eq!(fields(&listed), [("team", "x")]);
}

#[test]
fn columns_are_the_fields_a_template_may_use() {
    let rows = open("upn,chat_id,language,Job Title,,mail\n").unwrap();

    assert_eq!(rows.columns(), ["job_title", "mail"]);
}

#[test]
fn a_malformed_row_is_given_with_its_reason_and_the_reading_goes_on() {
    let mut bytes = b"id,name\nx,Ann\n,Bob\n".to_vec();
    bytes.extend(format!("{ID}\n{ID},a,b\n{ID},").bytes());
    bytes.extend(b"\xE9\n");
    bytes.extend(format!("{ID},a\0b\n{ID},Zoe\n").bytes());

    let rows = rows(bytes);

    assert_eq!(rows.len(), 7);
    assert_eq!(reason(&rows[0]), ("x", "the object id is not a GUID"));
    assert_eq!(reason(&rows[1]), ("", "it names no user"));
    assert_eq!(reason(&rows[2]), (ID, "it has 1 cells, the header 2"));
    assert_eq!(reason(&rows[3]), (ID, "it has 3 cells, the header 2"));
    assert_eq!(reason(&rows[4]), (ID, "it is not valid UTF-8"));
    assert_eq!(reason(&rows[5]), (ID, "it has a NUL character"));
    assert_eq!(fields(listed(&rows[6])), [("name", "Zoe")]);
    assert_eq!(rows[6].label, "users.csv:8");
}

#[test]
fn a_malformed_row_over_several_lines_says_which_lines_it_took() {
    let rows = rows("upn,name\n\"a@x,1\nb@x,2\nc@x,\"\nd@x,4\n");

    assert_eq!(rows.len(), 2);
    assert!(
        reason(&rows[0])
            .1
            .ends_with("its quotes make lines 2 to 4 one row")
    );
    assert_eq!(listed(&rows[1]).key.as_str(), "d@x");
}

#[test]
fn an_earlier_report_is_an_audience() {
    let report = format!(
        "\u{feff}row,user,object_id,user_principal_name,display_name,outcome,cause,advice,install,\
         chat_id,activity_id,http_status,code,request_id,attempts,wave,delivered_at,detail\r\n\
         a.csv:2,'+a@x,{ID},'+a@x,'=Ann,delivered,,,present,19:c,1,201,,,1,,,\r\n\
         a.csv:3,'+b@x,,,,failed,unknown-user,correct it,,,,404,,,1,,,\r\n"
    );

    let rows = rows(report);

    let (ann, bob) = (listed(&rows[0]), listed(&rows[1]));
    assert!(matches!(&ann.key, UserKey::ObjectId(_)));
    assert_eq!(ann.chat, ChatId::new("19:c").ok());
    assert_eq!(ann.fields["display_name"], "=Ann");
    assert_eq!(bob.key, UserKey::Either("+b@x".to_owned()));
    assert_eq!(bob.fields["outcome"], "failed");
}

#[test]
fn a_file_without_a_user_column_is_refused_with_both_lists_of_names() {
    let error = open("First Name;Mail address\n").unwrap_err().to_string();

    assert_eq!(
        error,
        "the audience file `users.csv` has no column that names the user: \
         it has `first_name`, `mail_address`; name one of them object_id, id, \
         user_principal_name, upn, mail, email, user"
    );
}

#[test]
fn two_columns_with_one_name_are_refused() {
    let error = open("upn,First Name,first_name\n").unwrap_err();

    assert!(
        matches!(error, AudienceError::DuplicateColumn { column, .. } if column == "first_name")
    );
}

#[test]
fn an_empty_file_is_refused_and_a_lone_header_has_no_rows() {
    assert!(matches!(
        open("\r\n \n"),
        Err(AudienceError::NoHeader { .. })
    ));
    assert!(rows("mail\r\n").is_empty());
}

#[test]
fn a_missing_file_is_named() {
    let error = CsvRows::open(Path::new("/nowhere/users.csv")).unwrap_err();

    assert_eq!(
        error.to_string(),
        "the audience file `/nowhere/users.csv` cannot be read"
    );
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader(
        head in select(vec!["", "mail,a\n", "\u{feff}id;a\n", "upn\ta\r\n"]),
        body in vec(select(b"a,;\t\"\"\r\n\0 \xFF\xFE\xE9'=".to_vec()), 0..200),
        noise in vec(any::<u8>(), 0..50),
    ) {
        for bytes in [[head.as_bytes(), &body, &noise].concat(), [&b"\xFF\xFE"[..], &noise].concat()] {
            if let Ok(rows) = open(bytes) {
                rows.for_each(|row| {
                    row.unwrap();
                });
            }
        }
    }

    #[test]
    fn quotes_and_delimiters_in_one_row_never_lose_the_rows_behind_it(
        bad in vec(select(b"a,\"\"x ".to_vec()), 1..30),
    ) {
        let bytes = [&b"upn,note\n"[..], &bad, b"\nzoe@x,ok\n"].concat();

        let last = rows(bytes).pop().unwrap();

        assert_eq!(last.label, "users.csv:3");
        assert_eq!(listed(&last).key.as_str(), "zoe@x");
    }
}
