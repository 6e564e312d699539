//! Community services of the directory.

use std::collections::HashMap;

use relais_types::{PractitionerName, ServiceId, ServiceName, Timestamp};
use sqlx::{QueryBuilder, Sqlite};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// Something a community organisation offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityService {
    /// The resource name.
    pub name: ServiceName,
    /// Its name as people know it.
    pub display_name: String,
    /// What it offers.
    pub description: String,
    /// Who is eligible and how one gets in.
    pub access_criteria: String,
    /// Languages it is given in, each with its folded form.
    pub languages: Vec<(String, String)>,
    /// Areas it serves, each with its folded form; none means everywhere.
    pub areas: Vec<(String, String)>,
    /// Who answers for it.
    pub practitioners: Vec<PractitionerName>,
    /// What sort of service it is, a folded code; may be empty.
    pub kind: String,
    /// Whether it takes no referrals at the moment.
    pub referrals_closed: bool,
    /// When somebody is there.
    pub hours: Vec<OpeningHours>,
    /// The folded text that searches look in.
    pub search_key: String,
    /// The folded criteria.
    pub criteria_key: String,
    /// The folded name that lists are ordered by.
    pub sort_key: String,
    /// When it was published.
    pub created_at: Timestamp,
}

/// A part of one day of every week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// Minute of the day at which it begins.
    pub from: u16,
    /// Minute of the day at which it ends.
    pub until: u16,
}

/// Where a list of services continues: after this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// [`CommunityService::sort_key`] of the last one seen.
    pub sort_key: String,
    /// Its id.
    pub id: ServiceId,
}

/// What to look for; empty filters match everything.
#[derive(Clone, Debug, Default)]
pub struct ServiceSearch {
    /// Folded words that must all occur in [`CommunityService::search_key`].
    pub words: Vec<String>,
    /// A folded language tag; `fr` finds `fr-ca`, and `fr-ca` finds `fr`.
    pub language: String,
    /// A folded area: part of the name of one, or something that begins with one
    /// (a postal code finds its prefix).
    pub area: String,
    /// The folded kind.
    pub kind: String,
    /// Folded words that must all occur in [`CommunityService::criteria_key`].
    pub eligibility: Vec<String>,
    /// Only those that take referrals.
    pub accepts_referrals: bool,
    /// A weekday, and a minute of that day at which somebody must be there.
    pub open_at: Option<(u8, u16)>,
    /// Continue after this one.
    pub after: Option<ServiceKey>,
    /// At most this many.
    pub limit: u32,
}

impl Snapshot {
    /// Services that match, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn services(&mut self, search: &ServiceSearch) -> Result<Vec<CommunityService>> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT id, organisation, display_name, description, access_criteria, kind, \
             referrals_closed, search_key, criteria_key, sort_key, created_at \
             FROM service s WHERE 1",
        );
        for word in &search.words {
            query
                .push(" AND instr(search_key, ")
                .push_bind(word.as_str())
                .push(") > 0");
        }
        for word in &search.eligibility {
            query
                .push(" AND instr(criteria_key, ")
                .push_bind(word.as_str())
                .push(") > 0");
        }
        if !search.kind.is_empty() {
            query.push(" AND kind = ").push_bind(search.kind.as_str());
        }
        if search.accepts_referrals {
            query.push(" AND referrals_closed = 0");
        }
        if let Some((weekday, minute)) = search.open_at {
            query
                .push(
                    " AND EXISTS (SELECT 1 FROM service_hours h WHERE h.service = s.id \
                     AND h.weekday = ",
                )
                .push_bind(i64::from(weekday))
                .push(" AND h.from_minute <= ")
                .push_bind(i64::from(minute))
                .push(" AND h.until_minute > ")
                .push_bind(i64::from(minute))
                .push(")");
        }
        if !search.language.is_empty() {
            let tag = format!("{}-", search.language);
            query
                .push(
                    " AND EXISTS (SELECT 1 FROM service_language l WHERE l.service = s.id \
                     AND (instr(l.folded || '-', ",
                )
                .push_bind(tag.clone())
                .push(") = 1 OR instr(")
                .push_bind(tag)
                .push(", l.folded || '-') = 1))");
        }
        if !search.area.is_empty() {
            query
                .push(
                    " AND (NOT EXISTS (SELECT 1 FROM service_area a WHERE a.service = s.id) \
                     OR EXISTS (SELECT 1 FROM service_area a WHERE a.service = s.id \
                     AND (instr(a.folded, ",
                )
                .push_bind(search.area.as_str())
                .push(") > 0 OR instr(")
                .push_bind(search.area.as_str())
                .push(", a.folded) = 1)))");
        }
        if let Some(after) = &search.after {
            query
                .push(" AND (sort_key, id) > (")
                .push_bind(after.sort_key.as_str())
                .push(", ")
                .push_bind(after.id.as_bytes().as_slice())
                .push(")");
        }
        query
            .push(" ORDER BY sort_key, id LIMIT ")
            .push_bind(integer(search.limit.into()));
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(self.connection())
            .await?;
        let mut services = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        self.load_lists(&mut services).await?;
        Ok(services)
    }

    async fn load_lists(&mut self, services: &mut [CommunityService]) -> Result<()> {
        if services.is_empty() {
            return Ok(());
        }
        let index: HashMap<ServiceId, usize> = services
            .iter()
            .enumerate()
            .map(|(at, service)| (service.name.service, at))
            .collect();
        let languages = "SELECT service, language AS text, folded FROM service_language";
        for row in self.rows_of(languages, services).await? {
            if let Some(&at) = index.get(&row.id("service")?) {
                let pair = (row.text("text")?, row.text("folded")?);
                services[at].languages.push(pair);
            }
        }
        let areas = "SELECT service, area AS text, folded FROM service_area";
        for row in self.rows_of(areas, services).await? {
            if let Some(&at) = index.get(&row.id("service")?) {
                let pair = (row.text("text")?, row.text("folded")?);
                services[at].areas.push(pair);
            }
        }
        let hours = "SELECT service, weekday, from_minute, until_minute FROM service_hours";
        for row in self.rows_of(hours, services).await? {
            if let Some(&at) = index.get(&row.id("service")?) {
                let minute = |column| {
                    u16::try_from(row.number(column)?).map_err(|_| crate::sqlite::corrupt(column))
                };
                services[at].hours.push(OpeningHours {
                    weekday: u8::try_from(row.number("weekday")?)
                        .map_err(|_| crate::sqlite::corrupt("weekday"))?,
                    from: minute("from_minute")?,
                    until: minute("until_minute")?,
                });
            }
        }
        let people = "SELECT sp.service, p.id, p.organisation FROM service_practitioner sp \
                      JOIN practitioner p ON p.id = sp.practitioner";
        for row in self.rows_of(people, services).await? {
            if let Some(&at) = index.get(&row.id("service")?) {
                services[at].practitioners.push(PractitionerName {
                    organisation: row.domain("organisation")?,
                    practitioner: row.id("id")?,
                });
            }
        }
        Ok(())
    }

    async fn rows_of(
        &mut self,
        select: &'static str,
        services: &[CommunityService],
    ) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
        let mut query = QueryBuilder::<Sqlite>::new(select);
        query.push(" WHERE service IN (");
        let mut ids = query.separated(", ");
        for service in services {
            ids.push_bind(service.name.service.as_bytes().to_vec());
        }
        query.push(") ORDER BY service, ordinal");
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(self.connection())
            .await?;
        Ok(rows)
    }
}

impl Transaction {
    /// Publishes a service.
    ///
    /// # Errors
    /// If the organisation or a person does not exist, or the database fails.
    pub async fn insert_service(&mut self, service: &CommunityService) -> Result<()> {
        let id = service.name.service;
        sqlx::query(
            "INSERT INTO service (id, organisation, display_name, description, access_criteria, \
             kind, referrals_closed, search_key, criteria_key, sort_key, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id.as_bytes().as_slice())
        .bind(service.name.organisation.as_str())
        .bind(service.display_name.as_str())
        .bind(service.description.as_str())
        .bind(service.access_criteria.as_str())
        .bind(service.kind.as_str())
        .bind(i64::from(service.referrals_closed))
        .bind(service.search_key.as_str())
        .bind(service.criteria_key.as_str())
        .bind(service.sort_key.as_str())
        .bind(service.created_at.as_micros())
        .execute(self.connection())
        .await?;
        let texts = [
            (
                "INSERT INTO service_language (service, ordinal, language, folded) \
                 VALUES (?, ?, ?, ?)",
                &service.languages,
            ),
            (
                "INSERT INTO service_area (service, ordinal, area, folded) VALUES (?, ?, ?, ?)",
                &service.areas,
            ),
        ];
        for (insert, values) in texts {
            for (ordinal, (text, folded)) in (0_i64..).zip(values) {
                sqlx::query(insert)
                    .bind(id.as_bytes().as_slice())
                    .bind(ordinal)
                    .bind(text.as_str())
                    .bind(folded.as_str())
                    .execute(self.connection())
                    .await?;
            }
        }
        for (ordinal, hours) in (0_i64..).zip(&service.hours) {
            sqlx::query(
                "INSERT INTO service_hours (service, ordinal, weekday, from_minute, \
                 until_minute) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(id.as_bytes().as_slice())
            .bind(ordinal)
            .bind(i64::from(hours.weekday))
            .bind(i64::from(hours.from))
            .bind(i64::from(hours.until))
            .execute(self.connection())
            .await?;
        }
        for (ordinal, person) in (0_i64..).zip(&service.practitioners) {
            sqlx::query(
                "INSERT INTO service_practitioner (service, ordinal, practitioner) \
                 VALUES (?, ?, ?)",
            )
            .bind(id.as_bytes().as_slice())
            .bind(ordinal)
            .bind(person.practitioner.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<CommunityService> {
    Ok(CommunityService {
        name: ServiceName {
            organisation: row.domain("organisation")?,
            service: row.id("id")?,
        },
        display_name: row.text("display_name")?,
        description: row.text("description")?,
        access_criteria: row.text("access_criteria")?,
        languages: Vec::new(),
        areas: Vec::new(),
        practitioners: Vec::new(),
        kind: row.text("kind")?,
        referrals_closed: row.number("referrals_closed")? != 0,
        hours: Vec::new(),
        search_key: row.text("search_key")?,
        criteria_key: row.text("criteria_key")?,
        sort_key: row.text("sort_key")?,
        created_at: row.time("created_at")?,
    })
}
