//! The words of seats, and of how they take part.

use super::vocabulary;

vocabulary! {
    /// What a seat stands for on a case.
    wire SeatRole: SeatRole {
        /// Hospital specialist.
        Specialist = "specialist";
        /// Primary care physician.
        PrimaryCarePhysician = "primary_care_physician";
        /// Nurse case manager.
        NurseCaseManager = "nurse_case_manager";
        /// Navigator.
        Navigator = "navigator";
        /// Pharmacist.
        Pharmacist = "pharmacist";
        /// Social worker.
        SocialWorker = "social_worker";
        /// Worker of a community organisation.
        CommunityWorker = "community_worker";
        /// Administrative delegate.
        Clerk = "clerk";
        /// Laboratory or imaging service.
        Laboratory = "laboratory";
        /// The patient.
        Patient = "patient";
        /// A trusted caregiver.
        Caregiver = "caregiver";
        /// Somebody who was let in at once and for a limited time.
        Emergency = "emergency";
        /// The one door of a programme, with a queue.
        Hub = "hub";
        /// Somebody experienced who advises.
        Mentor = "mentor";
        /// Manages, and is told numbers without content.
        Manager = "manager";
    }
}

vocabulary! {
    /// How a primary care physician takes part in a patient's case.
    wire Stance: Stance {
        /// Keeps an eye on it.
        Monitor = "monitor";
        /// Shares the management.
        CoManage = "co_manage";
        /// Leaves the management to others.
        HandOver = "hand_over";
    }
}

vocabulary! {
    /// What a seat wants to be told of besides what it is asked.
    wire FollowLevel: FollowLevel {
        /// Everything.
        All = "all";
        /// What begins or ends something, and exceptions.
        Milestones = "milestones";
        /// Only what goes wrong or is pressing.
        Exceptions = "exceptions";
    }
}

vocabulary! {
    /// How much an entry matters to those who only follow.
    Significance {
        /// In between.
        Detail = "detail";
        /// Something begins or ends.
        Milestone = "milestone";
        /// Something goes wrong or is pressing.
        Exception = "exception";
    }
}

vocabulary! {
    /// What sort of work a duty of a role charter is.
    wire DutyClass: DutyClass {
        /// Forms, bookings, calls.
        Administrative = "administrative";
        /// Assessment, treatment, monitoring.
        Clinical = "clinical";
        /// Bringing people and services together.
        Coordination = "coordination";
    }
}

vocabulary! {
    /// A place in the chain of those who cover a seat.
    wire CoverageRung: CoverageRung {
        /// The seat itself.
        Seat = "seat";
        /// A delegate.
        Delegate = "delegate";
        /// A seat that shares the work.
        Pool = "pool";
        /// A supervisor.
        Supervisor = "supervisor";
    }
}

vocabulary! {
    /// Whether somebody answers for a seat.
    Availability {
        /// Somebody holds it.
        Held = "held";
        /// Somebody holds it, and is out of office.
        Away = "away";
        /// Nobody holds it.
        Vacant = "vacant";
    }
}
