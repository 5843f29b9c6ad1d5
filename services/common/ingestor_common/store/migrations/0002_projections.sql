-- What reports read. Every row belongs to one session and is a pure function of the session's events and the answer
-- keys: projections.py keeps it in the storing transaction, rebuild.py computes it afresh. Rows are updated often and
-- in place, hence the free space in their pages.
CREATE TABLE sessions (
    session_id         uuid        PRIMARY KEY,
    -- The quiz, classroom and teacher that the earliest event names; (named_at, named_by) is that event.
    quiz_id            uuid        NOT NULL,
    classroom_id       uuid        NOT NULL,
    named_at           timestamptz NOT NULL,
    named_by           text        COLLATE "C" NOT NULL,
    teacher_id         uuid,
    teacher_named_at   timestamptz,
    teacher_named_by   text        COLLATE "C",
    first_event_at     timestamptz NOT NULL,
    last_event_at      timestamptz NOT NULL,
    first_started_at   timestamptz,
    ended_at           timestamptz,
    events             bigint      NOT NULL DEFAULT 0,
    -- When the session began: its earliest SESSION_STARTED, or else its earliest event.
    started_at         timestamptz GENERATED ALWAYS AS (coalesce(first_started_at, first_event_at)) STORED
) WITH (fillfactor = 70);
CREATE INDEX sessions_of_classroom ON sessions (classroom_id);
CREATE INDEX sessions_of_quiz ON sessions (quiz_id);

CREATE TABLE publications (
    session_id     uuid        NOT NULL,
    question_id    uuid        NOT NULL,
    published_at   timestamptz NOT NULL,
    event_id       text        COLLATE "C" NOT NULL,
    timer_sec      integer     NOT NULL,
    correct_answer text,
    PRIMARY KEY (session_id, question_id, published_at, event_id)
);
CREATE INDEX publications_with_key ON publications (question_id, published_at DESC, event_id DESC, session_id DESC)
    WHERE correct_answer IS NOT NULL;

CREATE TABLE session_questions (
    session_id          uuid   NOT NULL,
    question_id         uuid   NOT NULL,
    publications        bigint NOT NULL DEFAULT 0,
    first_published_at  timestamptz,
    answers             bigint NOT NULL DEFAULT 0,
    skips               bigint NOT NULL DEFAULT 0,
    graded              bigint NOT NULL DEFAULT 0,
    correct             bigint NOT NULL DEFAULT 0,
    late                bigint NOT NULL DEFAULT 0,
    -- Sum of the response times that are known, in ms, and how many they are.
    response_ms         bigint NOT NULL DEFAULT 0,
    responses           bigint NOT NULL DEFAULT 0,
    -- Answer text -> how often it was given. Skips are not in it.
    distribution        jsonb  NOT NULL DEFAULT '{}',
    last_answer_at      timestamptz,
    PRIMARY KEY (session_id, question_id)
) WITH (fillfactor = 70);
CREATE INDEX session_questions_of_question ON session_questions (question_id);

CREATE TABLE session_students (
    session_id      uuid   NOT NULL,
    student_id      uuid   NOT NULL,
    answers         bigint NOT NULL DEFAULT 0,
    skips           bigint NOT NULL DEFAULT 0,
    graded          bigint NOT NULL DEFAULT 0,
    correct         bigint NOT NULL DEFAULT 0,
    late            bigint NOT NULL DEFAULT 0,
    response_ms     bigint NOT NULL DEFAULT 0,
    responses       bigint NOT NULL DEFAULT 0,
    -- The questions answered (not skipped), each once, in order.
    answered        uuid[] NOT NULL DEFAULT '{}',
    -- Of answers, not of skips.
    first_answer_at timestamptz,
    last_answer_at  timestamptz,
    PRIMARY KEY (session_id, student_id)
) WITH (fillfactor = 70);

-- The effective key of each question: the catalog's, or else that of its latest publication that carries one.
CREATE TABLE answer_keys (
    question_id uuid PRIMARY KEY,
    answer      text NOT NULL
);
