"""Which elements of a page code asks for, read from its source: names, and loops over names."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Asked(NamedTuple):
    """An expression that names an element, and the names that it may stand for.

    `names` is empty when only running the code tells.
    """

    expression: str
    names: frozenset[str]


def names_asked(source: str, methods: set[str], receivers: tuple[str, ...] = ("",)) -> list[Asked]:
    """What calls of these methods take first, on expressions that end with one of the receivers."""
    module = ast.parse(source)
    found = []
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        method = call.func
        if not isinstance(method, ast.Attribute) or method.attr not in methods or not call.args:
            continue
        if ast.unparse(method.value).endswith(receivers):
            names = _values(call.args[0], _scope_of(call, module), module)
            found.append(Asked(ast.unparse(call.args[0]), frozenset(names)))
    return found


def _scope_of(call: ast.Call, module: ast.Module) -> ast.AST:
    """The innermost function around a call, or the module."""
    functions = [node for node in ast.walk(module) if isinstance(node, Function)]
    around = [function for function in functions if any(node is call for node in ast.walk(function))]
    return around[-1] if around else module


def _values(expression: ast.expr, scope: ast.AST, module: ast.Module) -> set[str]:
    """Every text that the expression may be, nothing when one of them cannot be told."""
    if isinstance(expression, ast.Constant):
        return {expression.value} if isinstance(expression.value, str) else set()
    if isinstance(expression, ast.IfExp):
        branches = [_values(branch, scope, module) for branch in (expression.body, expression.orelse)]
        return set().union(*branches) if all(branches) else set()
    if isinstance(expression, ast.Name):
        options = list(_bound_to(expression.id, scope, module))
        values = [_values(option, scope, module) for option in options if option is not expression]
        return set().union(*values) if all(values) else set()
    return set()


def _bound_to(name: str, scope: ast.AST, module: ast.Module) -> Iterator[ast.expr]:
    """What a loop in this function lets a variable be."""
    for loop in ast.walk(scope):
        if isinstance(loop, ast.For | ast.comprehension):
            items = _items(loop.iter, module)
            if isinstance(loop.target, ast.Name) and loop.target.id == name:
                yield from items or [loop.iter]
            elif isinstance(loop.target, ast.Tuple):
                for place, part in enumerate(loop.target.elts):
                    if isinstance(part, ast.Name) and part.id == name:
                        rows = [item for item in items if isinstance(item, ast.Tuple)]
                        yield from [row.elts[place] for row in rows] or [loop.iter]


def _items(sequence: ast.expr, module: ast.Module) -> list[ast.expr]:
    """The items of a tuple that is written out, here or as a constant of the module.

    Of a slice, all that it is cut from.
    """
    if isinstance(sequence, ast.Subscript) and isinstance(sequence.slice, ast.Slice):
        return _items(sequence.value, module)
    if isinstance(sequence, ast.Tuple):
        return sequence.elts
    if isinstance(sequence, ast.Name):
        for statement in module.body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == sequence.id:
                return _items(statement.value, module)
    return []
