"""Makes pictures/compare.png: two branches of one training on one stage (make_pictures.sh calls it)."""

from lab_pictures import opened, rest, save, train, until


def main() -> None:
    app = opened()
    app.invoke("lab_tab", "past")
    train(app, 60)
    app.invoke("lab_branch", None)
    until(app, lambda: app.lab.snapshot.branch == "branch 2")
    app.invoke("lab_add", "conv1")
    app.invoke("lab_add", "conv1")
    app.invoke("lab_option", ("optimizer", "adam"))
    app.invoke("lab_option", ("learning_rate", 0.002))
    train(app, 240)
    app.invoke("lab_evaluate")
    app.invoke("lab_compare", "main")
    app.pad.step_sample(2)
    until(app, lambda: app.lab.comparison.frame is not None)
    rest(app, 100)
    save(app, "compare.png")


if __name__ == "__main__":
    main()
