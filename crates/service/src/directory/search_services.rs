//! Finding community services.

use relais_store::{ServiceKey, ServiceSearch};
use relais_types::{Result, ServiceId};

use super::{CommunityService, OpeningHours, ServiceDetails, create_service::MAX_KIND};
use crate::{
    Caller, Page, Service,
    identity::MAX_LABEL,
    page::{self, List, name_key},
    text,
};

/// What to look for; empty filters match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchServicesParams {
    /// Words in the name, the description or the criteria, without regard to case and accents.
    pub query: String,
    /// A language that it must be given in, BCP 47; `fr` finds `fr-CA`, and the reverse.
    pub language: String,
    /// An area that it must cover: part of an area's name, or a postal code.
    pub area: String,
    /// The kind that it must be of.
    pub kind: String,
    /// Words in the criteria, without regard to case and accents.
    pub eligibility: String,
    /// Only those that take referrals.
    pub accepts_referrals: bool,
    /// A weekday, 1 to 7, and a minute of that day at which somebody must be there.
    pub open_at: Option<(u8, u16)>,
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// A page of the services that match, by name.
///
/// # Errors
/// `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn search_services(
    service: &Service,
    caller: &Caller,
    params: SearchServicesParams,
) -> Result<Page<CommunityService>> {
    caller.known()?;
    let size = page::size(params.page_size, service.limits())?;
    let further = format!("{} {:?}", params.accepts_referrals, params.open_at);
    let filters = [
        &*params.query,
        &*params.language,
        &*params.area,
        &*params.kind,
        &*params.eligibility,
        &*further,
    ];
    let list = List::new("services", &filters);
    let language = match params.language.as_str() {
        "" => String::new(),
        tag => text::language("language", tag)?,
    };
    let last = list.open_name(&params.page_token)?;
    let after = last.map(|(id, sort_key)| ServiceKey {
        sort_key,
        id: ServiceId::from_bytes(id),
    });
    let search = ServiceSearch {
        words: text::words("query", &params.query)?,
        language: text::fold(&language),
        area: text::fold(&text::line("area", &params.area, MAX_LABEL)?),
        kind: text::fold(&text::line("kind", &params.kind, MAX_KIND)?),
        eligibility: text::words("eligibility", &params.eligibility)?,
        accepts_referrals: params.accepts_referrals,
        open_at: params.open_at,
        after,
        limit: size + 1,
    };
    let found = service
        .store()
        .read("search_services", async move |view| {
            view.services(&search).await
        })
        .await?;
    let page = list.page(found, size, |last| {
        name_key(last.name.service.as_bytes(), &last.sort_key)
    });
    Ok(Page {
        items: page.items.into_iter().map(published).collect(),
        next_page_token: page.next_page_token,
    })
}

fn published(row: relais_store::CommunityService) -> CommunityService {
    let texts = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(text, _)| text).collect();
    CommunityService {
        name: row.name,
        details: ServiceDetails {
            display_name: row.display_name,
            description: row.description,
            languages: texts(row.languages),
            areas: texts(row.areas),
            access_criteria: row.access_criteria,
            practitioners: row.practitioners,
            kind: row.kind,
            referrals_closed: row.referrals_closed,
            hours: row
                .hours
                .into_iter()
                .map(|hours| OpeningHours {
                    weekday: hours.weekday,
                    from: hours.from,
                    until: hours.until,
                })
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::{
        directory::{CreateServiceParams, create_service},
        fixture::Backbone,
    };

    async fn publish(backbone: &Backbone, name: &str, languages: &[&str], areas: &[&str]) {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let params = CreateServiceParams {
            request_id: backbone.request_id(),
            organisation: "parc.internal".parse().unwrap(),
            service: ServiceDetails {
                display_name: name.into(),
                description: "Pour les aînés".into(),
                languages: owned(languages),
                areas: owned(areas),
                access_criteria: "65 ans et plus".into(),
                ..ServiceDetails::default()
            },
        };
        create_service(&backbone.service, &Caller::Operator, params)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn words_language_and_area_narrow_the_search() {
        let backbone = Backbone::new().await;
        backbone.organisation("parc.internal").await;
        publish(
            &backbone,
            "Repas à domicile",
            &["fr", "en-CA"],
            &["H2X", "H2Y"],
        )
        .await;
        publish(
            &backbone,
            "Écoute amicale",
            &["fr-CA"],
            &["Le Plateau-Mont-Royal"],
        )
        .await;
        publish(&backbone, "Transport", &["ar"], &[]).await;
        let find = async |query: &str, language: &str, area: &str| -> Vec<String> {
            let params = SearchServicesParams {
                query: query.into(),
                language: language.into(),
                area: area.into(),
                ..Default::default()
            };
            let page = search_services(&backbone.service, &Backbone::anybody(), params).await;
            let names = page.unwrap().items.into_iter();
            names.map(|found| found.details.display_name).collect()
        };
        let all = ["Écoute amicale", "Repas à domicile", "Transport"];
        assert_eq!(find("", "", "").await, all);
        assert_eq!(find("AINES", "", "").await, all, "the description counts");
        assert_eq!(find("ecoute", "", "").await, all[..1]);
        assert_eq!(find("domicile repas", "", "").await, all[1..2]);
        assert_eq!(find("repas transport", "", "").await, [""; 0]);
        assert_eq!(find("", "fr", "").await, all[..2]);
        assert_eq!(find("", "FR-ca", "").await, all[..2]);
        assert_eq!(find("", "en", "").await, all[1..2]);
        assert_eq!(find("", "", "h2x 1y4").await, all[1..], "everywhere counts");
        assert_eq!(find("", "", "plateau").await, [all[0], all[2]]);
        assert_eq!(find("", "", "%").await, all[2..]);
    }

    #[tokio::test]
    async fn pages_keep_lists_together() {
        let backbone = Backbone::new().await;
        backbone.organisation("parc.internal").await;
        for name in ["A", "B", "C"] {
            publish(&backbone, name, &["fr", "en"], &["H2X", "H2Y", "H2Z"]).await;
        }
        let mut params = SearchServicesParams {
            page_size: 2,
            ..Default::default()
        };
        let first = search_services(&backbone.service, &Backbone::anybody(), params.clone())
            .await
            .unwrap();
        assert_eq!(first.items.len(), 2);
        assert_eq!(first.items[1].details.areas, ["H2X", "H2Y", "H2Z"]);
        params.page_token = first.next_page_token;
        let rest = search_services(&backbone.service, &Backbone::anybody(), params.clone())
            .await
            .unwrap();
        assert_eq!(rest.items[0].details.display_name, "C");
        params.area = "H2X".into();
        let refused =
            search_services(&backbone.service, &Backbone::anybody(), params.clone()).await;
        assert_eq!(refused.unwrap_err().reason, Reason::CursorInvalid);
        let anonymous =
            search_services(&backbone.service, &Caller::Anonymous, params.clone()).await;
        assert_eq!(anonymous.unwrap_err().reason, Reason::CredentialMissing);
        params.page_token.clear();
        let operator = search_services(&backbone.service, &Caller::Operator, params).await;
        assert_eq!(operator.unwrap().items.len(), 2);
    }
}
