//! What people, departments and languages are called.

/// Given names in plain letters.
pub(crate) const GIVEN: &[&str] = &[
    "Ada", "Alan", "Barbara", "Carla", "Dennis", "Edith", "Frances", "Grace", "Hedy", "Ivan",
    "Joan", "Karen", "Linus", "Margaret", "Niklaus", "Olga", "Peter", "Radia", "Sophie", "Tim",
    "Ursula", "Vint", "Wendy", "Yukihiro",
];

/// Surnames in plain letters.
pub(crate) const SURNAMES: &[&str] = &[
    "Allen",
    "Baker",
    "Clarke",
    "Dijkstra",
    "Engelbart",
    "Fischer",
    "Goldberg",
    "Hopper",
    "Ito",
    "Jensen",
    "Keller",
    "Lovelace",
    "Meier",
    "Nakamura",
    "Olsen",
    "Perlman",
    "Quinn",
    "Ritchie",
    "Schmid",
    "Turing",
    "Ullman",
    "Weber",
];

/// Surnames that are hard on addresses, filters and templates.
pub(crate) const ODD_SURNAMES: &[&str] = &[
    "O'Brien",
    "D'Angelo",
    "Müller",
    "Łukasiewicz",
    "Ångström",
    "Nuñez",
];

/// Departments.
pub(crate) const DEPARTMENTS: &[&str] = &[
    "Sales",
    "Engineering",
    "Finance",
    "Human Resources",
    "Research & Development",
    "Operations",
];

/// Preferred languages; an empty one is none.
pub(crate) const LANGUAGES: &[&str] = &[
    "en-US", "en-US", "en-GB", "de-CH", "de-DE", "fr-FR", "it-IT", "ja-JP", "",
];
