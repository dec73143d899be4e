namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class WarningTests
{
    [Theory]
    [InlineData("unreachable_step", "workflow:\n- step: a\n- step: «b\n")]
    [InlineData("not_an_ancestor",
        "workflow:\n- step: a\n  next: [b, c]\n- step: b\n  tool: mail\n  args: {x: «\"{{ c.y }}\"}\n- step: c\n")]
    [InlineData("not_an_ancestor", "workflow:\n- step: a\n  tool: mail\n  args: {x: «\"{{ a.y }}\"}\n")]
    [InlineData("shadowed_name", "workflow:\n- step: «error\n")]
    [InlineData("shadowed_name", "workload: {«a: 1}\nworkflow:\n- step: a\n")]
    [InlineData("unbound_parameter",
        "workflow:\n- step: a\n  tool: python\n  code: «|\n    def main(amount, y=1, *z, input_data, **k): return 1\n")]
    [InlineData("endless_loop", "workflow:\n- step: a\n  next: b\n- step: b\n  next: «a\n")]
    [InlineData("endless_loop", "workflow:\n- step: a\n  next_mode: first\n  next: [«a, {when: result, step: a}]\n")]
    [InlineData("shadowed_name",
        "workload: {city: 1}\nworkflow:\n- step: a\n  tool: iterator\n  collection: [1]\n  element: «city\n  task: {tool: mail}\n")]
    [InlineData("unbound_parameter",
        "workflow:\n- step: a\n  tool: iterator\n  collection: [1]\n  task:\n    tool: python\n    code: «\"def main(item, x): return x\"\n")]
    [InlineData("ambiguous_scalar", "workload: {debug: «yes}\nworkflow:\n- step: a\n")]
    [InlineData("ambiguous_scalar", "workload: {zip: «01234}\nworkflow:\n- step: a\n")]
    public void What_is_probably_a_mistake_is_a_warning_and_still_compiles(string code, string marked)
    {
        var source = MarkedSource.Parse(Compiling.Head + marked);
        var compiled = PlaybookCompiler.Compile(source.Text, Compiling.File);
        Assert.NotNull(compiled.Graph);
        var warning = Assert.Single(compiled.Diagnostics);
        Assert.Equal((PlaybookDiagnostic.Warning, code, source.Line, source.Column),
            (warning.Severity, warning.Code, warning.Line, warning.Column));
    }

    [Fact]
    public void A_step_may_use_its_own_value_in_its_edges_and_its_save() => Compiling.Clean(Compiling.Head + """
        workflow:
        - step: a
          tool: mail
          save: {storage: event, args: {x: "{{ a.y }}"}}
          next: [{when: "{{ a.y == 1 }}", step: b, args: {x: "{{ a.y }}"}}]
        - step: b
          tool: mail
          args: {x: "{{ a.y }}"}
        """);
}
