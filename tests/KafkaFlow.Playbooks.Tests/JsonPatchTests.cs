using System.Text.Json.Nodes;
using KafkaFlow.Playbooks.Patching;
using KafkaFlow.Playbooks.Reading;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class JsonPatchTests
{
    /// <summary>RFC 6902, appendix A: document, patch, result; null: an error.</summary>
    public static TheoryData<string, string, string, string?> Appendix => new()
    {
        { "A.1", """{"foo": "bar"}""", """[{"op": "add", "path": "/baz", "value": "qux"}]""", """{"baz": "qux", "foo": "bar"}""" },
        { "A.2", """{"foo": ["bar", "baz"]}""", """[{"op": "add", "path": "/foo/1", "value": "qux"}]""", """{"foo": ["bar", "qux", "baz"]}""" },
        { "A.3", """{"baz": "qux", "foo": "bar"}""", """[{"op": "remove", "path": "/baz"}]""", """{"foo": "bar"}""" },
        { "A.4", """{"foo": ["bar", "qux", "baz"]}""", """[{"op": "remove", "path": "/foo/1"}]""", """{"foo": ["bar", "baz"]}""" },
        { "A.5", """{"baz": "qux", "foo": "bar"}""", """[{"op": "replace", "path": "/baz", "value": "boo"}]""", """{"baz": "boo", "foo": "bar"}""" },
        { "A.6", """{"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}""",
            """[{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]""",
            """{"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}""" },
        { "A.7", """{"foo": ["all", "grass", "cows", "eat"]}""", """[{"op": "move", "from": "/foo/1", "path": "/foo/3"}]""",
            """{"foo": ["all", "cows", "eat", "grass"]}""" },
        { "A.8", """{"baz": "qux", "foo": ["a", 2, "c"]}""",
            """[{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}]""",
            """{"baz": "qux", "foo": ["a", 2, "c"]}""" },
        { "A.9", """{"baz": "qux"}""", """[{"op": "test", "path": "/baz", "value": "bar"}]""", null },
        { "A.10", """{"foo": "bar"}""", """[{"op": "add", "path": "/child", "value": {"grandchild": {}}}]""",
            """{"foo": "bar", "child": {"grandchild": {}}}""" },
        { "A.11", """{"foo": "bar"}""", """[{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}]""", """{"foo": "bar", "baz": "qux"}""" },
        { "A.12", """{"foo": "bar"}""", """[{"op": "add", "path": "/baz/bat", "value": "qux"}]""", null },
        { "A.13", """{"foo": "bar"}""", """[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]""", null },
        { "A.14", """{"/": 9, "~1": 10}""", """[{"op": "test", "path": "/~01", "value": 10}]""", """{"/": 9, "~1": 10}""" },
        { "A.15", """{"/": 9, "~1": 10}""", """[{"op": "test", "path": "/~01", "value": "10"}]""", null },
        { "A.16", """{"foo": ["bar"]}""", """[{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}]""", """{"foo": ["bar", ["abc", "def"]]}""" },
    };

    [Theory, MemberData(nameof(Appendix))]
    public void The_examples_of_the_standard_give_its_results(string name, string document, string patch, string? expected)
    {
        var (result, problem) = Apply(document, patch);
        Assert.True(problem is null == expected is not null, $"{name}: {problem}");
        if (expected is not null) Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), result), $"{name}: {result}");
    }

    /// <summary>RFC 6901, section 5.</summary>
    [Theory]
    [InlineData("/foo", "[\"bar\",\"baz\"]")]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/c%d", "2")]
    [InlineData("/e^f", "3")]
    [InlineData("/g|h", "4")]
    [InlineData("/i\\\\j", "5")]
    [InlineData("/k\\\"l", "6")]
    [InlineData("/ ", "7")]
    [InlineData("/m~0n", "8")]
    public void Pointers_lead_where_the_standard_says(string pointer, string value)
    {
        const string Document = """
            {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}
            """;
        var (_, problem) = Apply(Document, $$"""[{"op": "test", "path": "{{pointer}}", "value": {{value}}}]""");
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("""{"op": "add", "path": "", "value": [1]}""", "[1]")]
    [InlineData("""{"op": "replace", "path": "/a", "value": null}""", """{"a":null,"b":{"c":[1,2]}}""")]
    [InlineData("""{"op": "replace", "path": "/b/c/0", "value": 9}""", """{"a":0,"b":{"c":[9,2]}}""")]
    [InlineData("""{"op": "replace", "path": "/b/c/1", "value": 9}""", """{"a":0,"b":{"c":[1,9]}}""")]
    [InlineData("""{"op": "add", "path": "/b/c/2", "value": 3}""", """{"a":0,"b":{"c":[1,2,3]}}""")]
    [InlineData("""{"op": "add", "path": "/a", "value": {"x": 1}}""", """{"a":{"x":1},"b":{"c":[1,2]}}""")]
    [InlineData("""{"op": "copy", "from": "/b", "path": "/b/d"}""", """{"a":0,"b":{"c":[1,2],"d":{"c":[1,2]}}}""")]
    [InlineData("""{"op": "move", "from": "/a", "path": "/b/c/0"}""", """{"b":{"c":[0,1,2]}}""")]
    [InlineData("""{"op": "move", "from": "/b/c", "path": "/b"}""", """{"a":0,"b":[1,2]}""")]
    [InlineData("""{"op": "move", "from": "/a", "path": "/a"}""", """{"a":0,"b":{"c":[1,2]}}""")]
    [InlineData("""{"op": "test", "path": "", "value": {"b": {"c": [1.0, 2e0]}, "a": 0}}""", """{"a":0,"b":{"c":[1,2]}}""")]
    public void Operations_change_the_document_and_keep_the_order(string operation, string expected)
    {
        var (result, problem) = Apply("""{"a": 0, "b": {"c": [1, 2]}}""", $"[{operation}]");
        Assert.Null(problem);
        Assert.Equal(expected, result!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"op": "remove", "path": ""}""", "patch_failed", "whole document")]
    [InlineData("""{"op": "remove", "path": "/x"}""", "patch_failed", "there is no 'x'")]
    [InlineData("""{"op": "remove", "path": "/b/c/2"}""", "patch_failed", "no index in a list of 2")]
    [InlineData("""{"op": "remove", "path": "/b/c/-"}""", "patch_failed", "no index")]
    [InlineData("""{"op": "add", "path": "/b/c/3", "value": 1}""", "patch_failed", "no index")]
    [InlineData("""{"op": "add", "path": "/b/c/01", "value": 1}""", "patch_failed", "no index")]
    [InlineData("""{"op": "add", "path": "/b/c/1e0", "value": 1}""", "patch_failed", "no index")]
    [InlineData("""{"op": "add", "path": "/a/x", "value": 1}""", "patch_failed", "neither a map nor a list")]
    [InlineData("""{"op": "replace", "path": "/x", "value": 1}""", "patch_failed", "there is no 'x'")]
    [InlineData("""{"op": "test", "path": "/a", "value": false}""", "patch_failed", "another one")]
    [InlineData("""{"op": "move", "from": "/b", "path": "/b/c"}""", "patch_failed", "into itself")]
    [InlineData("""{"op": "copy", "from": "/x", "path": "/y"}""", "patch_failed", "there is no 'x'")]
    [InlineData("""{"op": "copy", "path": "/y"}""", "bad_patch", "no 'from'")]
    [InlineData("""{"op": "add", "path": "/y"}""", "bad_patch", "no 'value'")]
    [InlineData("""{"op": "put", "path": "/y"}""", "bad_patch", "'op'")]
    [InlineData("""{"op": "remove", "path": "a"}""", "bad_patch", "begins with /")]
    [InlineData("""{"op": "remove", "path": "/a~2"}""", "bad_patch", "before 0")]
    [InlineData("""{"op": "remove", "path": "/a~"}""", "bad_patch", "before 0")]
    [InlineData("""{"op": "remove"}""", "bad_patch", "no 'path'")]
    [InlineData("""7""", "bad_patch", "no object")]
    [InlineData("""{"op": "add", "path": "/\ud800", "value": 1}""", "bad_patch", "Unicode")]
    [InlineData("""{"op": "add", "path": "/y", "value": {"\ud800": 1}}""", "bad_patch", "Unicode")]
    [InlineData("""{"op": "add", "path": "/y", "value": {"x": 1, "x": 2}}""", "bad_patch", "no JSON")]
    public void What_does_not_apply_names_the_operation_and_the_reason(string operation, string code, string reason)
    {
        var (_, problem) = Apply("""{"a": 0, "b": {"c": [1, 2]}}""", $"[{{\"op\": \"test\", \"path\": \"/a\", \"value\": 0}},\n {operation}]");
        Assert.NotNull(problem);
        Assert.Equal(code, problem.Code);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
        if (reason is not ("Unicode" or "no JSON"))
            Assert.Contains("operation 1", problem.Message, StringComparison.Ordinal);
        if (reason is not ("Unicode" or "no JSON")) Assert.Equal(2, problem.Line);
    }

    [Fact]
    public void Copies_cannot_grow_a_document_without_bound()
    {
        var copies = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"op": "copy", "from": "", "path": "/x{{i}}"}"""));
        var (_, wide) = Apply("""{"a": [1, 2, 3]}""", $"[{copies}]");
        Assert.Contains("copies too much", wide!.Message, StringComparison.Ordinal);
        var inward = string.Join(',', Enumerable.Range(0, 7).Select(i => $$"""{"op": "copy", "from": "", "path": "{{string.Concat(Enumerable.Repeat("/x", 1 << i))}}"}"""));
        var (_, deep) = Apply("""{"a": 1}""", $"[{inward}]");
        Assert.Contains("nested too deeply", deep!.Message, StringComparison.Ordinal);
        var texts = string.Join(',', Enumerable.Range(0, 900).Select(i => $$"""{"op": "copy", "from": "/a", "path": "/x{{i}}"}"""));
        var (_, large) = Apply($$"""{"a": "{{new string('x', 1_000)}}"}""", $"[{texts}]");
        Assert.Contains("copies too much", large!.Message, StringComparison.Ordinal);
    }

    private static (JsonNode? Result, PlaybookDiagnostic? Problem) Apply(string document, string patch)
    {
        var problems = new DiagnosticList("patch");
        var operations = new PatchReader(patch, problems).Read();
        if (problems.HasErrors) return (null, problems.Sorted()[0]);
        var patched = new JsonPatch(JsonNode.Parse(document));
        foreach (var operation in operations)
        {
            if (!PlaybookPatch.TryApply(patched, operation, problems)) return (null, problems.Sorted()[0]);
        }
        return (patched.Document, null);
    }
}
