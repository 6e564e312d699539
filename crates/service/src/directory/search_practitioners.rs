//! Finding people.

use std::collections::HashMap;

use relais_store::{PersonKey, PractitionerSearch, Snapshot};
use relais_types::{OrgDomain, PractitionerId, Result};

use super::Practitioner;
use crate::{
    Caller, Page, Service,
    page::{self, List, name_key},
    text,
};

/// What to look for; empty filters match everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPractitionersParams {
    /// Parts of a name or of a profession, without regard to case and accents.
    pub query: String,
    /// The organisation to stay within.
    pub organisation: Option<OrgDomain>,
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// A page of the people who match every word, by name.
///
/// # Errors
/// `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn search_practitioners(
    service: &Service,
    caller: &Caller,
    params: SearchPractitionersParams,
) -> Result<Page<Practitioner>> {
    caller.known()?;
    let size = page::size(params.page_size, service.limits())?;
    let organisation = params.organisation.as_ref().map_or("", OrgDomain::as_str);
    let list = List::new("practitioners", &[&params.query, organisation]);
    let search = PractitionerSearch {
        words: text::words("query", &params.query)?,
        after: after(&list, &params.page_token)?,
        organisation: params.organisation,
        limit: size + 1,
    };
    let found = service
        .store()
        .read("search_practitioners", async move |view| {
            let rows = view.practitioners(&search).await?;
            with_organisations(view, rows).await
        })
        .await?;
    let page = list.page(found, size, |(_, sort_key, last)| {
        name_key(last.name.practitioner.as_bytes(), sort_key)
    });
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(|(_, _, person)| person)
            .collect(),
        next_page_token: page.next_page_token,
    })
}

/// Where a list of people continues.
pub(super) fn after(list: &List, page_token: &str) -> Result<Option<PersonKey>> {
    let last = list.open_name(page_token)?;
    Ok(last.map(|(id, sort_key)| PersonKey {
        sort_key,
        id: PractitionerId::from_bytes(id),
    }))
}

/// Each person with their role and sort key, and with their organisation's name.
pub(super) async fn with_organisations(
    view: &mut Snapshot,
    rows: Vec<relais_store::Practitioner>,
) -> relais_store::Result<Vec<(relais_store::AccessRole, String, Practitioner)>> {
    let mut names: HashMap<OrgDomain, String> = HashMap::new();
    for row in &rows {
        let domain = &row.name.organisation;
        if !names.contains_key(domain) {
            let found = view.organisation(domain).await?;
            let name = found.map(|found| found.display_name).unwrap_or_default();
            names.insert(domain.clone(), name);
        }
    }
    let people = rows.into_iter().map(|row| {
        let organisation_display_name = names
            .get(&row.name.organisation)
            .cloned()
            .unwrap_or_default();
        let person = Practitioner {
            name: row.name,
            display_name: row.display_name,
            profession: row.profession,
            organisation_display_name,
        };
        (row.access_role, row.sort_key, person)
    });
    Ok(people.collect())
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    async fn names(backbone: &Backbone, query: &str, organisation: Option<&str>) -> Vec<String> {
        let params = SearchPractitionersParams {
            query: query.into(),
            organisation: organisation.map(|domain| domain.parse().unwrap()),
            ..Default::default()
        };
        search_practitioners(&backbone.service, &Backbone::anybody(), params)
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|person| person.display_name)
            .collect()
    }

    #[tokio::test]
    async fn case_accents_and_order_of_words_do_not_matter() {
        let backbone = Backbone::new().await;
        for (domain, name) in [
            ("laurier.internal", "Hélène Lévesque"),
            ("laurier.internal", "Étienne Roy"),
            ("parc.internal", "Helen Ross"),
            ("parc.internal", "Zoé 100% O'Neil_Smith"),
        ] {
            backbone.device(domain, name).await;
        }
        let both = ["Helen Ross", "Hélène Lévesque"];
        for query in ["hel", "HEL", "hÉl"] {
            assert_eq!(names(&backbone, query, None).await, both, "{query}");
        }
        for query in ["levesque", "LÉVESQUE hélène", "He\u{301}le\u{300}ne"] {
            let found = names(&backbone, query, None).await;
            assert_eq!(found, ["Hélène Lévesque"], "{query}");
        }
        assert_eq!(names(&backbone, "ÉTIENNE", None).await, ["Étienne Roy"]);
        assert_eq!(
            names(&backbone, "", None).await,
            [
                "Étienne Roy",
                "Helen Ross",
                "Hélène Lévesque",
                "Zoé 100% O'Neil_Smith"
            ]
        );
        assert_eq!(
            names(&backbone, "hél", Some("parc.internal")).await,
            ["Helen Ross"]
        );
        assert_eq!(names(&backbone, "navigator", None).await.len(), 4);
    }

    #[tokio::test]
    async fn what_has_a_meaning_in_sql_has_none_here() {
        let backbone = Backbone::new().await;
        backbone
            .device("parc.internal", "Zoé 100% O'Neil_Smith")
            .await;
        backbone.device("parc.internal", "Ana").await;
        for (query, found) in [
            ("%", 1),
            ("_", 1),
            ("o'neil", 1),
            ("a%a", 0),
            ("a_a", 0),
            ("' OR '1'='1", 0),
            ("'; DROP TABLE practitioner; --", 0),
            ("\\", 0),
            ("\0", 0),
        ] {
            assert_eq!(names(&backbone, query, None).await.len(), found, "{query}");
        }
        assert_eq!(names(&backbone, "", None).await.len(), 2);
    }

    #[tokio::test]
    async fn pages_continue_their_own_search_only() {
        let backbone = Backbone::new().await;
        for name in ["Ana", "Ana", "Bo", "Cy", "Dee"] {
            backbone.device("parc.internal", name).await;
        }
        let mut params = SearchPractitionersParams {
            page_size: 2,
            ..Default::default()
        };
        let caller = Backbone::anybody();
        let mut seen = Vec::new();
        loop {
            let page = search_practitioners(&backbone.service, &caller, params.clone())
                .await
                .unwrap();
            seen.extend(page.items.into_iter().map(|person| person.display_name));
            if page.next_page_token.is_empty() {
                break;
            }
            params.page_token = page.next_page_token;
        }
        assert_eq!(seen, ["Ana", "Ana", "Bo", "Cy", "Dee"]);
        params.query = "a".into();
        let refused = search_practitioners(&backbone.service, &caller, params).await;
        assert_eq!(refused.unwrap_err().reason, Reason::CursorInvalid);
        let long = SearchPractitionersParams {
            query: "x".repeat(201),
            ..Default::default()
        };
        let refused = search_practitioners(&backbone.service, &caller, long).await;
        assert_eq!(refused.unwrap_err().field.as_deref(), Some("query"));
    }
}
