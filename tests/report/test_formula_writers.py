"""A formula that is copied is one that other programs read: LaTeX whose braces balance, MathML that is XML."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

from nnviz.report.latex import latex
from nnviz.report.mathematics import notation_in_numbers, notation_in_symbols, number, operator
from nnviz.report.mathml import NAMESPACE, mathml
from nnviz.report.notation import Brackets, Elision, Grid, Large, Script, Sign, row
from tests.gui.formulas import FORMULAS, NET, SIGMOID, SUM, letter, partial

ELEMENTS = {
    "math", "mi", "mn", "mo", "mtext", "mrow", "mfrac", "msub", "msup", "msubsup", "mover", "munder", "munderover",
    "msqrt", "mtable", "mtr", "mtd",
}
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3}


@pytest.mark.parametrize("name", FORMULAS)
def test_mathml_is_xml_in_its_namespace_with_as_many_children_as_each_element_takes(name: str) -> None:
    root = ElementTree.fromstring(mathml(FORMULAS[name]))
    assert root.tag == f"{{{NAMESPACE}}}math"
    for element in root.iter():
        tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        assert tag in ELEMENTS
        assert len(element) == CHILDREN.get(tag, len(element))


@pytest.mark.parametrize("name", FORMULAS)
def test_braces_and_environments_of_latex_balance(name: str) -> None:
    text = latex(FORMULAS[name])
    bare = re.sub(r"\\left\\\{|\\right\\\}|\\[{}]", "", text)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert re.findall(r"\\begin\{(\w+)\}", text)[::-1] == re.findall(r"\\end\{(\w+)\}", text)
    assert text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right") - text.count(r"\rightarrow")


@pytest.mark.parametrize("name", FORMULAS)
def test_latex_has_no_sign_outside_text_that_it_does_not_know(name: str) -> None:
    outside = re.sub(r"\\text\{(?:[^{}]|\\[{}]|\\\w+\{\})*\}", "", latex(FORMULAS[name]))
    assert outside.isascii(), outside


def test_latex_of_what_lectures_write() -> None:
    assert latex(partial(Sign("E"), letter("w", "5"))) == r"\frac{\partial E}{\partial w_{5}}"
    assert latex(NET.sign) == r"\mathrm{net}_{\mathrm{h1}}"
    assert latex(notation_in_symbols(SIGMOID)) == r"\frac{1}{1 + \mathrm{e}^{- \mathrm{net}_{\mathrm{h1}}}}"
    assert latex(notation_in_numbers(SUM, 6)) == r"0.15 \cdot 0.05 + 0.2 \cdot 0.1 + 0.35"
    assert latex(row(Sign("log", "upright"), Brackets(Sign("p")))) == r"\log \left( p \right)"
    assert latex(Large("Σ", Sign("k"), Sign("n"))) == r"\sum_{k}^{n}"
    assert latex(Brackets(Grid(((Sign("1", "number"), Elision(3, "⋯")),)), "[]")) == (
        r"\begin{bmatrix} 1 & \cdots \end{bmatrix}")


def test_numbers_are_numbers_in_latex() -> None:
    written = {-0.25: "-0.25", 1e-07: r"1 \cdot 10^{-7}", -2.5e30: r"-2.5 \cdot 10^{30}", float("inf"): r"\infty",
               float("-inf"): r"-\infty"}
    for value, text in written.items():
        assert latex(number(value, 6)) == text
        assert latex(number(value, 17)) == text
    assert latex(number(float("nan"))) == r"\text{nan}"


def test_special_characters_of_names_are_escaped() -> None:
    name = Script(Sign("out", "upright"), Sign("a_b&{c}<d>%$#^~\\\x07", "upright"))
    assert latex(name) == (r"\mathrm{out}_{\text{a\_b\&\{c\}\textless{}d\textgreater{}\%\$\#"
                           r"\textasciicircum{}\textasciitilde{}\textbackslash{}}}")
    root = ElementTree.fromstring(mathml(name))
    assert "".join(root.itertext()) == "outa_b&{c}<d>%$#^~\\"


def test_three_lines_stand_below_each_other() -> None:
    whole = row(NET.sign, operator("="), notation_in_symbols(SUM))
    then = (notation_in_numbers(SUM, 6), number(0.3775))
    assert latex(whole, then).splitlines() == [
        r"\begin{aligned}",
        r"\mathrm{net}_{\mathrm{h1}} &= w_{1} \cdot i_{1} + w_{2} \cdot i_{2} + b_{1} \\",
        r"&= 0.15 \cdot 0.05 + 0.2 \cdot 0.1 + 0.35 \\",
        r"&= 0.3775",
        r"\end{aligned}",
    ]
    root = ElementTree.fromstring(mathml(whole, then))
    assert len(root.findall(f".//{{{NAMESPACE}}}mtr")) == 3


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX itself reads it where it is installed")
def test_latex_takes_every_formula(tmp_path) -> None:
    import subprocess

    body = "\n".join(f"\\[ {latex(formula)} \\]" for name, formula in FORMULAS.items() if name != "names")
    (tmp_path / "all.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}{body}\\end{{document}}", "utf-8")
    done = subprocess.run(["pdflatex", "-halt-on-error", "all.tex"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-800:]
