using System.Text;

namespace KafkaFlow.Expressions.Tests.Limits;

[Trait("tier", "fast")]
public sealed class LimitTests
{
    private static readonly (ExpressionScope Scope, Bound Variables) Data = Bound.Of(
        $$"""{"list": [{{string.Join(',', Enumerable.Range(0, 1000))}}], "text": "{{new string('a', 100_000)}}", "x": 1}""");

    [Theory]
    [InlineData("list.all(a, list.all(b, list.all(c, a + b + c >= 0)))", "limit_fuel")]
    [InlineData("true || list.exists(a, list.all(b, list.all(c, true)))", null)]
    [InlineData("list.all(a, list.all(b, list.all(c, true))) || true", "limit_fuel")]
    [InlineData("list.map(a, text).map(t, t + t).map(t, t + t).size() > 0", "limit_fuel")]
    [InlineData("text + text + text + text + text + text + text + text + text + text + text == '' ", "limit_fuel")]
    [InlineData("lists.range(1000000).size() > 0", "limit_elements")]
    [InlineData("list.all(x, !text.matches('(a|a)*b'))", "limit_fuel")]
    [InlineData("text.replace('', text).size() > 0", "limit_text")]
    [InlineData("'%s%s%s%s%s%s%s%s%s%s%s'.format([text,text,text,text,text,text,text,text,text,text,text]).size() > 0", "limit_text")]
    [InlineData("list.all(a, text == text + '')", "limit_fuel")]
    [InlineData("sets.contains(list, list) && sets.contains(list, list) && sets.contains(list, list)", "limit_fuel")]
    public void Work_beyond_a_limit_is_an_error_that_nothing_absorbs(string text, string? code)
    {
        Expression? expression = Expression.TryCompile(text, Data.Scope, out ExpressionDiagnostic? problem);
        Assert.True(expression is not null, problem?.ToString());
        Assert.Equal(code, expression.Evaluate(Data.Variables).Error?.Code);
    }

    [Theory]
    [InlineData("a {% for a in list %}{% for b in list %}{% for c in list %}{{ a }}{% endfor %}{% endfor %}{% endfor %}", "limit_fuel")]
    [InlineData("a {% for a in list %}{% for b in list %}{% endfor %}{% endfor %}", "limit_fuel")]
    [InlineData("a {% for a in range(20) %}{{ text }}{% endfor %}", "limit_output")]
    [InlineData("{% set t = text %}{% if 1 %}{% set t = t ~ t %}{% set t = t ~ t %}{% set t = t ~ t %}{% set t = t ~ t %}{% endif %}", "limit_text")]
    public void A_template_has_limits(string text, string code)
    {
        Template template = Template.TryCompile(text, Data.Scope, out _)!;
        Assert.Equal(code, template.Evaluate(Data.Variables).Error?.Code);
    }

    public static TheoryData<string, string> DeepTexts => new()
    {
        { new string('(', 5_000) + "1" + new string(')', 5_000), "limit_nesting" },
        { string.Join(" + ", Enumerable.Repeat("x", 3_000)), "limit_nesting" },
        { new string('!', 5_000) + "true", "limit_nesting" },
        { new string('-', 5_000) + "x", "limit_nesting" },
        { new string('[', 5_000) + new string(']', 5_000), "limit_nesting" },
        { "x" + string.Concat(Enumerable.Repeat(".a", 3_000)), "limit_nesting" },
        { "x" + string.Concat(Enumerable.Repeat("[0]", 3_000)), "limit_nesting" },
        { string.Concat(Enumerable.Repeat("true ? 1 : ", 1_000)) + "2", "limit_nesting" },
        { string.Concat(Enumerable.Repeat("not ", 3_000)) + "true", "limit_nesting" },
        { new string(' ', 20_000), "limit_source" },
    };

    [Theory]
    [MemberData(nameof(DeepTexts))]
    public void A_text_beyond_a_limit_does_not_compile(string text, string code)
    {
        Assert.Null(Expression.TryCompile(text, Data.Scope, out ExpressionDiagnostic? problem));
        Assert.Equal(code, problem?.Code);
    }

    [Fact]
    public void Chains_of_and_may_be_long()
    {
        string text = string.Join(" && ", Enumerable.Repeat("x == 1", 1_000));
        Assert.True(Expression.TryCompile(text, Data.Scope, out _)!.Evaluate(Data.Variables).AsBool);
    }

    [Fact]
    public void Deeply_nested_blocks_do_not_compile()
    {
        string text = string.Concat(Enumerable.Repeat("{% if x %}", 2_000));
        Assert.Null(Template.TryCompile(text, Data.Scope, out ExpressionDiagnostic? problem));
        Assert.Equal("limit_nesting", problem?.Code);
    }

    [Fact]
    public void Data_nested_too_deeply_is_an_error_value()
    {
        const int depth = ExpressionLimits.DataDepth;
        Assert.False(Value.FromJson(new string('[', depth) + new string(']', depth)).IsError);
        Assert.Equal("bad_json", Value.FromJson(new string('[', depth + 1) + new string(']', depth + 1)).Error?.Code);
        Assert.Equal("bad_json", Value.FromJson(new string('[', 1_000_000)).Error?.Code);
        string text = new string('[', depth + 1) + "x" + new string(']', depth + 1);
        Assert.Equal("limit_depth", Expression.TryCompile(text, Data.Scope, out _)!.Evaluate(Data.Variables).Error?.Code);
    }

    [Theory]
    [InlineData("(?=a)a")]
    [InlineData("(a)\\1")]
    [InlineData("((a{100}){100}){100}")]
    [InlineData("a{1001}")]
    [InlineData("\\p{Greek}")]
    [InlineData("[[:nope:]]")]
    [InlineData("(?<!a)b")]
    [InlineData("[b-a]")]
    public void A_pattern_without_linear_time_or_counterpart_is_refused(string pattern)
    {
        var text = new StringBuilder("'a'.matches(r'").Append(pattern).Append("')");
        Assert.Null(Expression.TryCompile(text.ToString(), Data.Scope, out ExpressionDiagnostic? problem));
        Assert.Equal("constant_error", problem?.Code);
    }

    [Theory]
    [InlineData(@"^.$", "😀", true)]
    [InlineData(@"^..$", "😀", false)]
    [InlineData(@"a$", "a\n", false)]
    [InlineData(@"^\d$", "٣", false)]
    [InlineData(@"^[[:alpha:]]+$", "abc", true)]
    [InlineData(@"^[[:alpha:]]+$", "a:c", false)]
    [InlineData(@"^[^a]$", "😀", true)]
    [InlineData(@"^(?P<n>x)$", "x", true)]
    [InlineData(@"^\Qa.b\E$", "a.b", true)]
    [InlineData(@"^\pL+$", "äß", true)]
    [InlineData(@"^[\d\-\]]+$", "1-]", true)]
    [InlineData(@"(?i)^ABC$", "abc", true)]
    [InlineData(@"(?s)^a.b$", "a\nb", true)]
    [InlineData(@"^a.b$", "a\nb", false)]
    [InlineData(@"^😀+$", "😀😀", true)]
    [InlineData(@"^\x{1F600}$", "😀", true)]
    public void Patterns_mean_what_they_mean_in_RE2(string pattern, string text, bool expected)
    {
        Assert.True(Library.Pattern.TryMake(pattern, out Library.Pattern? made, out string problem), problem);
        Assert.Equal(expected, made.IsMatch(text));
    }
}
