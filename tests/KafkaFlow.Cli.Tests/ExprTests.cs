using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>The command <c>expr</c>, which needs no cluster.</summary>
[Trait("tier", "fast")]
public sealed class ExprTests
{
    private const string Data = """{"output": {"score": 91, "price": 10.50, "big": 9223372036854775807}, "name": "Ann"}""";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("output.score >= 80 && name == 'Ann'", "true")]
    [InlineData("[output.price, output.big]", "[10.50,9223372036854775807]")]
    [InlineData("{{ output.absent or name }}", "\"Ann\"")]
    [InlineData("{{ 'x' if false }}", "null")]
    [InlineData("-1 + 2", "1")]
    [InlineData("{{ name }} has {{ output.score }}", "\"Ann has 91\"", "--template")]
    [InlineData("{{ output.price }}", "10.50", "--template")]
    public async Task The_value_is_printed_as_json(string text, string expected, params string[] options)
    {
        var result = await CliProcess.RunAsync(["expr", text, "--data", Data, .. options], Limit);
        Assert.True(result is { ExitCode: 0, Talk: "" }, result.ToString());
        Assert.Equal(expected + "\n", result.Output);
    }

    [Fact]
    public async Task The_document_has_value_type_fuel_and_each_sub_expression()
    {
        var result = await CliProcess.RunAsync(
            ["expr", "output.price >\n  2.5 || output.absent", "--data", Data, "--explain", "--output", "json"], Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        var document = JsonNode.Parse(result.Output)!;
        Shape.HasKeys(document, "value", "type", "fuel", "explain");
        Assert.Equal("true bool", $"{document["value"]} {document["type"]}");
        Assert.True((long)document["fuel"]! >= 0);
        Assert.All(document["explain"]!.AsArray(), part => Shape.HasKeys(part, "text", "line", "column", "value"));
        Assert.Contains("\"value\":10.50}", result.Output, StringComparison.Ordinal);

        var plain = JsonNode.Parse((await CliProcess.RunAsync(["expr", "[1]", "--output", "json"], Limit)).Output)!;
        Assert.Equal("""{"value":[1],"type":"list","fuel":0,"explain":[]}""", plain.ToJsonString());
    }

    [Fact]
    public async Task An_explanation_has_a_line_for_each_sub_expression_with_its_place()
    {
        var result = await CliProcess.RunAsync(
            ["expr", "{{ output.absent or\n name }}", "--data", Data, "--explain"], Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(
            """
            "Ann"
              1:4  output.absent or name = "Ann"
              1:4  output.absent = (missing)
              1:4  output = {"score":91,"price":10.50,"big":9223372036854775807}
              2:2  name = "Ann"

            """, result.Output);
    }

    [Theory]
    [InlineData("outptu.score > 1", "unknown_name", "1:1", "did you mean output?")]
    [InlineData("output.score >\n nmae.size()", "unknown_name", "2:2", "did you mean name?")]
    [InlineData("output.score ==", "syntax", "1:16", null)]
    [InlineData("output.absent > 1", "no_such_key", "1:1", null)]
    [InlineData("1 + name", "no_such_overload", "1:3", null)]
    [InlineData("[1,2,3,4,5,6,7,8,9].all(a, lists.range(9999).all(b, lists.range(9999).all(c, a + b + c > 0)))", "limit_fuel", null, null)]
    [InlineData("a {{ name }}", "syntax", "1:3", null)]
    public async Task A_failure_is_told_with_its_place_and_leaves_stdout_empty(string text, string code, string? where, string? hint)
    {
        string[] line = ["expr", text, "--data", Data];
        var error = Shape.Error(await CliProcess.RunAsync([.. line, "--output", "json"], Limit), 1, code);
        Assert.Equal((where, hint), ((string?)error["where"], (string?)error["hint"]));
        var told = await CliProcess.RunAsync(line, Limit);
        Assert.Equal((1, ""), (told.ExitCode, told.Output));
        foreach (var part in new[] { code, where, hint }.OfType<string>()) Assert.Contains(part, told.Talk, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "bad_data")]
    [InlineData("{x", "bad_json")]
    [InlineData("@no-such-file.json", "not_found")]
    public async Task Data_that_is_no_json_object_is_a_usage_error(string data, string code)
    {
        var error = Shape.Error(await CliProcess.RunAsync(["expr", "1", "--data", data, "--output", "json"], Limit), 2, code);
        Assert.StartsWith("--data", (string)error["where"]!, StringComparison.Ordinal);
        Assert.Equal("a JSON object, or @file", (string)error["expected"]!);
        Assert.NotNull(error["found"]);
    }

    [Fact]
    public async Task Without_a_text_it_is_a_usage_error_and_a_mistyped_option_is_named()
    {
        Shape.Error(await CliProcess.RunAsync(["expr", "--output", "json"], Limit), 2, "usage");
        var error = Shape.Error(await CliProcess.RunAsync(["expr", "1", "--templat", "--output", "json"], Limit), 2, "unknown_option");
        Assert.Contains("--template", (string)error["hint"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_comes_from_a_file_and_now_from_outside()
    {
        using var scratch = TestEnvironment.NewDirectory("expr");
        var file = scratch.PathOf("data.json");
        await File.WriteAllTextAsync(file, """{"now": "2001-01-01T00:00:00Z", "n": 1}""");
        var own = await CliProcess.RunAsync(["expr", "timestamp(now()).getFullYear() + n", "--data", $"@{file}"], Limit);
        Assert.Equal((0, "2002\n"), (own.ExitCode, own.Output));
        var present = await CliProcess.RunAsync(["expr", "timestamp(now()) > timestamp('2024-01-01T00:00:00Z')"], Limit);
        Assert.Equal((0, "true\n"), (present.ExitCode, present.Output));
    }

    [Fact]
    public async Task The_transcript_of_the_language_reference_is_what_is_printed()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(TestEnvironment.RepositoryRoot, "docs", "expressions.md"));
        var transcript = page.Split("```transcript\n")[1].Split("```")[0];
        var calls = transcript.Split("$ ", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(calls.Length >= 5, "the transcript has lost its commands");
        foreach (var call in calls)
        {
            var (line, printed) = (call.Split('\n', 2)[0], call.Split('\n', 2)[1]);
            Assert.StartsWith("kafkaflow expr ", line, StringComparison.Ordinal);
            var start = new ProcessStartInfo("bash", ["-c", $"PATH={Path.GetDirectoryName(TestEnvironment.Program)}:$PATH; {line} 2>&1"])
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            using var late = new CancellationTokenSource(Limit);
            Assert.Equal(printed, await process.StandardOutput.ReadToEndAsync(late.Token));
            await process.WaitForExitAsync(late.Token);
        }
    }
}
