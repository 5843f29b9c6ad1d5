-- Names, rosters and answer keys from the school's own systems. Nothing refers to these by foreign key: they may come
-- before, after or never.
CREATE TABLE quizzes (
    quiz_id     uuid        PRIMARY KEY,
    title       text        NOT NULL,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE questions (
    question_id    uuid        PRIMARY KEY,
    quiz_id        uuid        NOT NULL,
    text           text,
    correct_answer text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX questions_of_quiz ON questions (quiz_id);

CREATE TABLE classrooms (
    classroom_id uuid        PRIMARY KEY,
    name         text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE students (
    student_id uuid        PRIMARY KEY,
    name       text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rosters (
    classroom_id uuid NOT NULL,
    student_id   uuid NOT NULL,
    PRIMARY KEY (classroom_id, student_id)
);
