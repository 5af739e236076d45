"""Which test holds each of the 160 hostile inputs: no row is forgotten, and no test that a row names is missing.

Rows are those of the design's table of bad and hostile input: A names and text (1 to 50), B imports, C resources,
D files, E meaning, F numbers and data, G checkpoints, results and the command line.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ROWS: dict[str, tuple[int, ...]] = {
    "hostile/test_names.py::test_the_values_are_those_of_the_twin": (*range(1, 10), *range(39, 46), 91, 95, 97),
    "hostile/test_names.py::test_21_30_117_what_python_would_take_is_refused": (21, 30, 117),
    "hostile/test_names.py::test_49_a_hostile_file_name_is_shown_and_no_more": (49,),
    "hostile/test_names.py::test_72_many_steps_are_a_loop": (72,),
    "hostile/test_syntax.py::test_refused": (
        *range(11, 18), 19, 20, *range(22, 28), 29, *range(31, 39), 46, 47, 48, 50, 74, 75, *range(77, 85), 86, 89, 90,
        94, 96,
    ),
    "hostile/test_syntax.py::test_accepted": (76, 85),
    "hostile/test_syntax.py::test_too_small_numbers_are_a_warning": (28,),
    "hostile/test_syntax.py::test_other_encodings": (92, 93, 98),
    "hostile/test_specs.py::test_imports_stay_inside_and_end": (51, 52, *range(54, 59), 60, 61, 62, 63),
    "hostile/test_specs.py::test_53_messages_do_not_quote_foreign_files": (53,),
    "hostile/test_specs.py::test_accepted_and_means_what_the_interpreter_says": (59, 71, 87, 107, 111, 112),
    "hostile/test_specs.py::test_what_is_too_much_is_counted_before_it_is_made": (*range(64, 71), 73),
    "hostile/test_specs.py::test_what_has_no_meaning_is_refused_once": (
        10, 18, *range(99, 107), 108, 109, 110, 113, 115, 116,
    ),
    "hostile/test_specs.py::test_114_unused_parameters_are_a_warning_and_have_a_zero_gradient": (114,),
    "hostile/test_specs.py::test_kinks_branches_and_large_numbers_are_as_documented": (118, 119, 126, 127, 128),
    "hostile/test_specs.py::test_130_data_that_is_not_finite_is_refused_on_demand": (130,),
    "hostile/test_files.py::test_88_a_chain_longer_than_pythons_stack_compiles": (88,),
    "hostile/test_structures.py::test_broken_trees_are_refused_by_example_and_node": (120, 121, 122),
    "hostile/test_structures.py::test_123_grids_without_rows_or_columns_are_refused": (123,),
    "runtime/test_nonfinite.py::test_the_first_bad_value_is_named_with_equation_and_point": (124, 125, 129),
    "runtime/test_program.py::test_empty_examples_in_a_batch": (131,),
    "runtime/test_binding.py::test_wrong_lengths_are_refused": (132,),
    "runtime/test_program.py::test_only_empty_examples": (133,),
    "runtime/test_binding.py::test_refused": (134, 135),
    "runtime/test_program.py::test_views_are_read_and_never_written": (136,),
    "runtime/test_program.py::test_results_are_not_changed_by_later_calls": (137,),
    "runtime/test_program.py::test_eight_threads_get_right_answers": (138,),
    "hostile/test_files.py::test_139_files_of_other_kinds_are_not_opened": (139,),
    "train/test_checkpoint.py::test_a_large_array_of_the_wrong_shape_is_refused_by_its_header": (140,),
    "train/test_checkpoint.py::test_a_header_that_lies_is_refused_before_anything_is_read": (141,),
    "train/test_checkpoint.py::test_every_flipped_bit_is_seen": (142,),
    "train/test_checkpoint.py::test_every_prefix_is_refused_in_one_line": (143,),
    "hostile/test_files.py::test_144_two_arrays_of_one_name_are_refused": (144,),
    "train/test_checkpoint.py::test_another_models_parameters_are_listed": (145,),
    "train/test_checkpoint.py::test_parameters_that_are_not_finite_are_neither_saved_nor_loaded": (146,),
    "train/test_checkpoint.py::test_a_newer_format_is_refused": (147,),
    "hostile/test_files.py::test_148_names_that_look_like_paths_are_names": (148,),
    "train/test_atomic.py::test_a_link_at_the_temporary_name_is_not_followed": (149,),
    "train/test_folder.py::test_a_full_disk_leaves_the_checkpoint_before": (150,),
    "train/test_folder.py::test_a_second_trainer_is_kept_out": (151,),
    "hostile/test_evolution.py::test_152_a_name_is_a_name": (152,),
    "hostile/test_evolution.py::test_153_no_cell_is_a_formula": (153,),
    "hostile/test_evolution.py::test_154_nan_sorts_last_and_never_wins": (154,),
    "hostile/test_evolution.py::test_155_what_does_not_compile_is_logged_and_the_search_goes_on": (155,),
    "hostile/test_evolution.py::test_156_what_is_huge_is_stopped_by_every_budget": (156,),
    "cli/test_main.py::test_seeds_that_are_none_are_refused": (157,),
    "cli/test_main.py::test_usage_errors_exit_with_2_and_a_way_out": (158,),
    "cli/test_compile.py::test_a_folder_is_refused_before_anything_is_done": (159,),
    "hostile/test_rows.py::test_160_no_configuration_can_construct_objects": (160,),
}  # fmt: skip


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_row_has_its_test() -> None:
    rows = sorted(row for held in ROWS.values() for row in held)
    assert rows == list(range(1, 161))


@pytest.mark.parametrize("name", ROWS)
def test_the_tests_are_there(name: str) -> None:
    file, _, function = name.partition("::")
    assert function in functions_of(file)


def test_160_no_configuration_can_construct_objects() -> None:
    """There is no YAML, and nothing is unpickled, evaluated or imported by a name that a file gives."""
    forbidden = {"yaml", "pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
    found = []
    for path in sorted((TESTS.parent / "rnndsl").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append(node.module or "")
    assert not forbidden & {name.partition(".")[0] for name in found}
