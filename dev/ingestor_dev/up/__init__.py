"""`make up`: the whole product on one machine, with classrooms that use it and a live view of what happens."""
