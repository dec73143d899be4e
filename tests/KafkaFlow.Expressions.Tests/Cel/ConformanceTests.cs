using KafkaFlow.Testing;

namespace KafkaFlow.Expressions.Tests.Cel;

[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class ConformanceTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_test_of_the_subset_passes()
    {
        List<ConformanceCase> subset = ReadSubset();
        int failed = 0;
        foreach (ConformanceCase test in subset)
        {
            if (test.Run() is not { } problem)
                continue;
            failed++;
            output.WriteLine($"FAIL {test.Name}: {test.Text}: {problem}");
        }
        output.WriteLine($"{subset.Count - failed} passed, {failed} failed");
        Assert.Equal(0, failed);
    }

    [Fact]
    public void With_every_expectation_altered_every_test_fails()
    {
        List<ConformanceCase> subset = ReadSubset();
        Assert.Empty(subset.Where(t => t.Run(altered: true) is null).Select(t => t.Name));
    }

    [Fact]
    public void A_text_that_does_not_parse_is_no_evaluation_error()
    {
        TextProto suite = TextProto.Parse("section { test { name: 'broken' expr: '1 +' eval_error { errors { message: 'x' } } } }");
        var test = new ConformanceCase("own", 0, "own", suite.Message("section")!.Message("test")!);
        Assert.Contains("does not compile", test.Run(), StringComparison.Ordinal);
    }

    private static List<ConformanceCase> ReadSubset()
    {
        string directory = TestEnvironment.RequireShared("cel-spec");
        HashSet<(string File, int Index)> wanted = File.ReadLines(Path.Combine(directory, "subset.tsv")).Skip(1)
            .Select(line => line.Split('\t'))
            .Where(columns => columns[3] == "yes")
            .Select(columns => (columns[0], int.Parse(columns[5], System.Globalization.CultureInfo.InvariantCulture)))
            .ToHashSet();
        List<ConformanceCase> subset = ConformanceCase.ReadAll(Path.Combine(directory, "testdata"))
            .Where(t => wanted.Contains((t.File, t.Index)))
            .ToList();
        Assert.Equal(wanted.Count, subset.Count);
        Assert.Equal(1635, subset.Count);
        return subset;
    }
}
