from collections import Counter

from ingestor_dev.sim.world import KeyArrival, WorldSize, make_classroom, make_quiz

_SIZE = WorldSize(schools=3, classrooms=4, students=25, quizzes=40, questions=25)


def test_a_seed_always_gives_the_same_classrooms_and_quizzes() -> None:
    assert make_classroom(7, 5, _SIZE) == make_classroom(7, 5, _SIZE)
    assert make_quiz(7, 5, _SIZE) == make_quiz(7, 5, _SIZE)


def test_another_seed_gives_other_ids() -> None:
    assert make_classroom(7, 5, _SIZE).id != make_classroom(8, 5, _SIZE).id
    assert make_quiz(7, 5, _SIZE).id != make_quiz(8, 5, _SIZE).id


def test_every_student_sits_in_one_classroom() -> None:
    classrooms = [make_classroom(1, number, _SIZE) for number in range(_SIZE.all_classrooms)]
    students = [student.id for classroom in classrooms for student in classroom.students]
    assert len(set(students)) == len(students)
    assert all(20 <= len(classroom.students) <= 30 for classroom in classrooms)


def test_nobody_who_does_not_know_the_answer_gives_the_right_one() -> None:
    quizzes = [make_quiz(1, number, _SIZE) for number in range(_SIZE.quizzes)]
    assert all(question.key not in question.wrong for quiz in quizzes for question in quiz.questions)


def test_answer_keys_come_by_catalog_by_publication_and_late() -> None:
    quizzes = [make_quiz(1, number, _SIZE) for number in range(_SIZE.quizzes)]
    arrivals = Counter(question.key_arrival for quiz in quizzes for question in quiz.questions)
    shares = {arrival: count / arrivals.total() for arrival, count in arrivals.items()}
    assert 0.65 < shares[KeyArrival.CATALOG] < 0.75
    assert 0.15 < shares[KeyArrival.PUBLICATION] < 0.25
    assert 0.05 < shares[KeyArrival.LATE] < 0.15
