//! The words of seats, and of how they take part.

use super::vocabulary;

vocabulary! {
    /// What a seat stands for on a case.
    wire SeatRole: SeatRole {
        /// Hospital specialist.
        Specialist = "specialist", "Specialist", "Spécialiste";
        /// Primary care physician.
        PrimaryCarePhysician = "primary_care_physician", "Primary care physician", "Médecin de famille";
        /// Nurse case manager.
        NurseCaseManager = "nurse_case_manager", "Nurse case manager", "Gestion de cas infirmière";
        /// Navigator.
        Navigator = "navigator", "Navigator", "Intervention pivot";
        /// Pharmacist.
        Pharmacist = "pharmacist", "Pharmacist", "Pharmacie";
        /// Social worker.
        SocialWorker = "social_worker", "Social worker", "Travail social";
        /// Worker of a community organisation.
        CommunityWorker = "community_worker", "Community worker", "Intervention communautaire";
        /// Administrative delegate.
        Clerk = "clerk", "Clerk", "Secrétariat";
        /// Laboratory or imaging service.
        Laboratory = "laboratory", "Laboratory", "Laboratoire";
        /// The patient.
        Patient = "patient", "Patient", "Patient";
        /// A trusted caregiver.
        Caregiver = "caregiver", "Caregiver", "Proche aidant";
        /// Somebody who was let in at once and for a limited time.
        Emergency = "emergency", "Emergency access", "Accès d’urgence";
        /// The one door of a programme, with a queue.
        Hub = "hub", "Hub", "Guichet";
        /// Somebody experienced who advises.
        Mentor = "mentor", "Mentor", "Mentorat";
        /// Manages, and is told numbers without content.
        Manager = "manager", "Manager", "Gestion";
    }
}

vocabulary! {
    /// How a primary care physician takes part in a patient's case.
    wire Stance: Stance {
        /// Keeps an eye on it.
        Monitor = "monitor", "monitors", "surveille";
        /// Shares the management.
        CoManage = "co_manage", "co-manages", "assure un suivi conjoint";
        /// Leaves the management to others.
        HandOver = "hand_over", "has handed over", "a confié le suivi";
    }
}

vocabulary! {
    /// What a seat wants to be told of besides what it is asked.
    wire FollowLevel: FollowLevel {
        /// Everything.
        All = "all", "everything", "tout";
        /// What begins or ends something, and exceptions.
        Milestones = "milestones", "milestones", "étapes";
        /// Only what goes wrong or is pressing.
        Exceptions = "exceptions", "exceptions", "exceptions";
    }
}

vocabulary! {
    /// How much an entry matters to those who only follow.
    Significance {
        /// In between.
        Detail = "detail", "detail", "détail";
        /// Something begins or ends.
        Milestone = "milestone", "milestone", "étape";
        /// Something goes wrong or is pressing.
        Exception = "exception", "exception", "exception";
    }
}

vocabulary! {
    /// What sort of work a duty of a role charter is.
    wire DutyClass: DutyClass {
        /// Forms, bookings, calls.
        Administrative = "administrative", "administrative", "administratif";
        /// Assessment, treatment, monitoring.
        Clinical = "clinical", "clinical", "clinique";
        /// Bringing people and services together.
        Coordination = "coordination", "coordination", "coordination";
    }
}

vocabulary! {
    /// A place in the chain of those who cover a seat.
    wire CoverageRung: CoverageRung {
        /// The seat itself.
        Seat = "seat", "the seat itself", "le siège lui-même";
        /// A delegate.
        Delegate = "delegate", "delegate", "siège délégué";
        /// A seat that shares the work.
        Pool = "pool", "pool", "équipe de relève";
        /// A supervisor.
        Supervisor = "supervisor", "supervisor", "siège de supervision";
    }
}

vocabulary! {
    /// Whether somebody answers for a seat.
    Availability {
        /// Somebody holds it.
        Held = "held", "held", "occupé";
        /// Somebody holds it, and is out of office.
        Away = "away", "out of office", "absence";
        /// Nobody holds it.
        Vacant = "vacant", "vacant", "vacant";
    }
}
