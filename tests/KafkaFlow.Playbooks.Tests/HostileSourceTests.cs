using System.Diagnostics;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>Sources within all limits that are made to cost as much as they can.</summary>
[Trait("tier", "fast")]
public sealed class HostileSourceTests
{
    private const int MaxSeconds = 30;
    private const long MaxAllocatedBytes = 2_000_000_000;

    public static TheoryData<string, string, string?> Sources => new()
    {
        { "unknown targets", Many(4_000, i => $"- {{step: s{i}, next: [x{i}y, z{i}, w{i}]}}\n"), "unknown_step" },
        { "a long chain", Many(4_999, i => $"- {{step: s{i}, next: s{i + 1}}}\n") + "- step: s4999\n", null },
        { "a dense graph", Many(200, i => $"- {{step: s{i}, next: [{Names(i + 1, 200, "s")}]}}\n"), null },
        { "unknown names", Many(4_000, i => $"- {{step: s{i}, tool: m, args: {{a: '{{{{ nam{i} }}}}'}}}}\n"), "unknown_name" },
        { "many targets with many args", "- step: a\n  next:\n  - args: {" + Entries(999) + "}\n    then: ["
            + string.Join(", ", Enumerable.Range(0, 999).Select(i => $"{{step: b, args: {{z{i}: 1}}}}")) + "]\n- step: b\n", null },
        { "too many targets", "- step: a\n  next: [" + Names(0, 1_001, "b") + "]\n", "too_large" },
        { "too many args", "- step: a\n  tool: m\n  args: {" + Entries(1_001) + "}\n", "too_large" },
        { "cycles", Many(2_000, i => $"- {{step: s{i}, next: [s{(i + 1) % 2_000}, s{i / 2}]}}\n"), "too_large" },
        { "a cycle with many entries", Many(4_000, i => $"- {{step: s{i}, next: [s{(i + 1) % 4_000}, s{i * 7 % 4_000}]}}\n"),
            "irreducible_cycle" },
        { "many small loops", Many(2_000, i => $"- {{step: s{i}, next_mode: first, next: [{{when: result, step: s{i}}}, s{i + 1}]}}\n")
            + "- step: s2000\n", null },
        { "many exits of a large loop", Many(2_000, i => $"- {{step: s{i}, next_mode: first, next: [{{when: result, step: end}}, s{i + 1}]}}\n")
            + "- {step: s2000, next: s0}\n", null },
        { "many each_visit edges", Many(1_500, i => $"- {{step: s{i}, next: [{{step: t{i}, each_visit: true}}, s{i + 1}]}}\n- step: t{i}\n")
            + "- {step: s1500, next: [{step: s0, when: result}]}\n", null },
        { "many back edges", Many(2_000, i => $"- {{step: s{i}, next_mode: first, next: [{{when: result, step: s0}}, s{i + 1}]}}\n")
            + "- step: s2000\n", "exit_not_exclusive" },
        { "a large action run often", Many(3_000, i => $"- {{step: s{i}, tool: workbook, name: b, args: {{y: {i}}}}}\n")
            + "workbook:\n- {name: b, tool: m, args: {" + Entries(900) + "}}\n", null },
        { "blank lines", "- step: a\n  desc: |\n" + string.Concat(Enumerable.Repeat("  \n", 100_000)) + "    x\n", null },
        { "one long python text", "- step: a\n  tool: python\n  code: |\n    def main(): return 1\n    x = "
            + string.Concat(Enumerable.Repeat("('", 100_000)) + "\n", null },
    };

    [Theory, MemberData(nameof(Sources))]
    public void A_source_within_the_limits_costs_bounded_time_and_memory(string what, string steps, string? code)
    {
        var source = $"{Compiling.Head}workflow:\n{steps}";
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var compiled = PlaybookCompiler.Compile(source, Compiling.File);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(watch.Elapsed.TotalSeconds < MaxSeconds, $"{what} took {watch.Elapsed}");
        Assert.True(allocated < MaxAllocatedBytes, $"{what} allocated {allocated} bytes");
        Assert.True(compiled.Diagnostics.Count <= 2 * PlaybookLimits.MaxDiagnostics + 1, $"{compiled.Diagnostics.Count}");
        var codes = compiled.Diagnostics.Where(d => d.Severity == PlaybookDiagnostic.Error).Select(d => d.Code).Distinct();
        Assert.Equal(code is null ? [] : [code], codes);
    }

    [Fact]
    public void Errors_are_shown_even_behind_many_warnings()
    {
        var compiled = PlaybookCompiler.Compile(
            Compiling.Head + "workload: {" + string.Join(", ", Enumerable.Range(0, 300).Select(i => $"k{i}: yes"))
            + "}\nworkflow:\n- step: a\n  nxt: b\n", Compiling.File);
        Assert.Equal(101, compiled.Diagnostics.Count(d => d.Severity == PlaybookDiagnostic.Warning));
        Assert.Equal("unknown_key", Assert.Single(compiled.Diagnostics, d => d.Severity == PlaybookDiagnostic.Error).Code);
        Assert.Equal(("more_problems", "200 more problems are not shown"),
            (compiled.Diagnostics[^1].Code, compiled.Diagnostics[^1].Message));
    }

    private static string Many(int count, Func<int, string> step) => string.Concat(Enumerable.Range(0, count).Select(step));

    private static string Names(int from, int to, string prefix) =>
        string.Join(", ", Enumerable.Range(from, to - from).Select(i => prefix + i));

    private static string Entries(int count) =>
        string.Join(", ", Enumerable.Range(0, count).Select(i => $"k{i}: '{{{{ workload.x }}}}'"));
}
