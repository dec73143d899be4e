using System.Text;

namespace KafkaFlow.Avro.Tests;

/// <summary>Schema texts made to exhaust, crash or hang.</summary>
[Trait("tier", "fast")]
public sealed class HostileSchemaTests
{
    [Fact]
    public void Ten_thousand_levels_are_refused_in_every_form()
    {
        AssertRefused(Nested(10_000, """{"type":"array","items":""", "}"));
        AssertRefused(Nested(10_000, """{"type":""", "}"));
        AssertRefused(Nested(10_000, "[", "]"));
        AssertRefused(Nested(10_000, """{"type":"map","values":["null",""", "]}"));
        var records = new StringBuilder();
        for (int i = 0; i < 10_000; i++)
            records.Append($$"""{"type":"record","name":"R{{i}}","fields":[{"name":"f","type":""");
        AssertRefused(records.Append("\"int\"").Insert(records.Length, "}]}", 10_000).ToString());
    }

    [Fact]
    public void The_deepest_schema_allowed_is_usable_on_a_small_stack()
    {
        string text = Nested(AvroLimits.MaxDepth - 1, """{"type":"array","items":""", "}");
        AssertRefused("""{"type":"array","items":""" + text + "}");
        string? failure = "the thread did not end";
        var thread = new Thread(() => failure = UseDeepest(text), maxStackSize: 512 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Null(failure);
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"type\":\"int\",\"\\udc00\":1}")]
    [InlineData("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"\\ud800\"]}")]
    [InlineData("\"\ud800\"")]
    [InlineData("\u0000")]
    [InlineData("{\"type\":\"int\"")]
    public void Text_that_is_no_Unicode_or_no_JSON_is_refused(string text) => AssertRefused(text);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused()
    {
        Assert.False(AvroSchema.TryParse([0x22, 0xff, 0x22], out _, out AvroError? error));
        Assert.Contains("UTF-8", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_that_tries_many_union_branches_ends()
    {
        // Each level may be A or B, none fits at the bottom: 2^100 ways to fail.
        string text = """
            [{"type":"record","name":"A","fields":[{"name":"f","type":["null","A",
                {"type":"record","name":"B","fields":[{"name":"f","type":["null","A","B"]}]}]}]},
             {"type":"record","name":"C","fields":[{"name":"c","type":"A","default":DEFAULT}]}]
            """;
        AssertRefused(text.Replace("DEFAULT", Nested(100, """{"f":""", "}", "5"), StringComparison.Ordinal));
        Assert.True(AvroSchema.TryParse(
            text.Replace("DEFAULT", Nested(100, """{"f":""", "}", "null"), StringComparison.Ordinal), out _, out _));
    }

    [Fact]
    public void Defaults_of_defaults_are_shared_and_not_multiplied()
    {
        var text = new StringBuilder("""[{"type":"record","name":"R0","fields":[{"name":"x","type":"int","default":1}]}""");
        for (int i = 1; i <= 60; i++)
        {
            text.Append($$$""",{"type":"record","name":"R{{{i}}}","fields":[{"name":"a","type":"R{{{i - 1}}}","default":{}},""");
            text.Append($$$"""{"name":"b","type":"R{{{i - 1}}}","default":{}}]}""");
        }

        Assert.True(AvroSchema.TryParse(text.Append(']').ToString(), out _, out AvroError? error), error?.ToString());
    }

    [Fact]
    public void Every_prefix_of_a_schema_is_refused_without_an_exception()
    {
        const string Text = """{"type":"record","name":"R","namespace":"é","fields":[{"name":"a","type":["null","int"],"default":null}]}""";
        byte[] utf8 = Encoding.UTF8.GetBytes(Text);
        for (int length = 0; length < utf8.Length; length++)
            Assert.False(AvroSchema.TryParse(utf8.AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void A_long_chain_of_references_resolves_or_is_refused()
    {
        const int Records = 5_000;
        var fields = new StringBuilder();
        for (int i = 0; i < Records; i++)
        {
            string inner = i == 0 ? "\"int\"" : $"\"R{i - 1}\"";
            fields.Append($$$"""{"name":"f{{{i}}}","type":{"type":"record","name":"R{{{i}}}","fields":[{"name":"x","type":{{{inner}}}}]}},""");
        }

        string all = $$"""{"type":"record","name":"Root","fields":[{{fields}}{"name":"last","type":"R{{Records - 1}}"}]}""";
        AvroSchema schema = AvroSchema.Parse(all);
        Assert.False(AvroDatum.TryDecode(schema, new byte[Records], out _, out AvroError? deep));
        Assert.Contains("nests deeper", deep!.Message, StringComparison.Ordinal);
        AvroSchema only = ((RecordSchema)schema).Field("last")!.Type;
        Assert.False(SchemaResolution.TryCreate(only, only, out _, out AvroError? error));
        Assert.Contains("nest deeper", error!.Message, StringComparison.Ordinal);
    }

    private static string? UseDeepest(string text)
    {
        if (!AvroSchema.TryParse(text, out AvroSchema schema, out AvroError? error))
            return error!.ToString();
        byte[] data = [.. Enumerable.Repeat((byte)2, AvroLimits.MaxDepth - 1), 2, .. new byte[AvroLimits.MaxDepth - 1]];
        if (!AvroDatum.TryDecode(schema, data, out AvroValue value, out error))
            return error!.ToString();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        if (!AvroDatum.TryEncode(schema, value, output, out error))
            return error!.ToString();
        if (!output.WrittenSpan.SequenceEqual(data) || !value.Equals(value))
            return "not the same bytes";
        return schema.CanonicalForm.Length > 0 ? null : "no canonical form";
    }

    private static string Nested(int levels, string open, string close, string core = "\"int\"") =>
        new StringBuilder().Insert(0, open, levels).Append(core).Insert(levels * open.Length + core.Length, close, levels).ToString();

    private static void AssertRefused(string text)
    {
        Assert.False(AvroSchema.TryParse(text, out _, out AvroError? error));
        Assert.NotNull(error);
    }
}
