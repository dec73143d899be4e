namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class BadPlaybookTests
{
    public static TheoryData<BadPlaybook> Cases => [.. BadPlaybooks.All];

    [Theory, MemberData(nameof(Cases))]
    public void Each_mistake_is_named_once_with_its_place_and_a_hint(BadPlaybook bad)
    {
        var hasHead = bad.Marked.StartsWith("workflow", StringComparison.Ordinal);
        var source = MarkedSource.Parse(hasHead ? Compiling.Head + bad.Marked : bad.Marked);
        var compiled = PlaybookCompiler.Compile(source.Text, Compiling.File);
        Assert.Null(compiled.Graph);
        var errors = compiled.Diagnostics.Where(d => d.Severity == PlaybookDiagnostic.Error).ToList();
        Assert.True(errors.Count == 1, $"{errors.Count} errors:\n{Compiling.Show(compiled)}");
        var error = errors[0];
        Assert.Equal(
            $"{Compiling.File}:{source.Line}:{source.Column} {bad.Code}", $"{error.File}:{error.Line}:{error.Column} {error.Code}");
        if (bad.Hint.Length > 0) Assert.Contains(bad.Hint, error.Hint ?? "", StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(error.Message));
        Assert.False(error.Found is null && error.Expected is null, "neither found nor expected");
    }

    [Fact]
    public void The_corpus_is_large_enough() => Assert.True(BadPlaybooks.All.Count() >= 90, $"{BadPlaybooks.All.Count()}");

    [Fact]
    public void All_mistakes_of_a_file_are_reported_in_the_order_of_the_file()
    {
        var compiled = PlaybookCompiler.Compile(Compiling.Head + """
            workflow:
            - step: a
              tol: python
              next: [{step: b, args: {x: "{{ nowhere }}"}}, nowhere]
            - step: a b
            """, Compiling.File);
        Assert.Equal([(6, "unknown_key"), (7, "unknown_step"), (7, "unknown_name"), (7, "unknown_step"), (8, "bad_name")],
            compiled.Diagnostics.Select(d => (d.Line, d.Code)));
    }

    [Theory]
    [InlineData("too many bytes", 600_000, "desc: ", "x", "")]
    [InlineData("too many nodes", 120_000, "args: [", "1,", "]")]
    [InlineData("too deep", 5_000, "args: ", "[", "")]
    public void A_source_beyond_a_limit_is_refused_quickly(string what, int count, string before, string unit, string after)
    {
        var long_ = string.Concat(Enumerable.Repeat(unit, count));
        var source = $"{Compiling.Head}workflow:\n- step: a\n  {before}{long_}{after}\n";
        var started = System.Diagnostics.Stopwatch.StartNew();
        var compiled = PlaybookCompiler.Compile(source, Compiling.File);
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(10), $"{what} took {started.Elapsed}");
        Assert.Equal("too_large", Assert.Single(compiled.Diagnostics).Code);
    }

    [Fact]
    public void An_alias_bomb_is_refused_at_its_first_alias()
    {
        var compiled = PlaybookCompiler.Compile(
            "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n", Compiling.File);
        Assert.Null(compiled.Graph);
        Assert.Contains(compiled.Diagnostics, d => (d.Code, d.Line, d.Column) == ("alias_not_allowed", 2, 8));
    }
}
