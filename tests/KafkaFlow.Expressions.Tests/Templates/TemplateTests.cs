namespace KafkaFlow.Expressions.Tests.Templates;

[Trait("tier", "fast")]
public sealed class TemplateTests
{
    private const string Data = """
        {"workload": {"message": "Hi", "n": 3, "price": 10.50, "big": 9223372036854775807, "items": [1, 2], "none": null,
         "users": [{"name": "Ann", "age": 31}, {"name": "bob", "age": 5}], "flag": true, "quote": "it's"},
         "step": {"message": "m", "data": {"inner": 1}}, "bare": {"message": "b"}, "list": [1, 2], "five": 5,
         "loopy": "shadow"}
        """;

    [Theory]
    [InlineData("{{ workload.n }}", "3")]
    [InlineData("  {{ workload.items }}\n", "[1,2]")]
    [InlineData("{{ workload.big }}", "9223372036854775807")]
    [InlineData("{{ workload.price }}", "10.50")]
    [InlineData("{{ workload.price * 2 }}", "21.0")]
    [InlineData("{{ '1' }}", "\"1\"")]
    [InlineData("{{ {'a': {'b': 1}} }}", "{\"a\":{\"b\":1}}")]
    [InlineData("n={{ workload.n }} f={{ workload.flag }} x={{ workload.none }} l={{ workload.items }}", "\"n=3 f=true x=null l=[1,2]\"")]
    [InlineData("{{ step.data.inner }}", "1")]
    [InlineData("{{ step.result.data.inner }}", "1")]
    [InlineData("{{ bare.data.message }}", "\"b\"")]
    [InlineData("{{ bare.result.data.message }}", "\"b\"")]
    [InlineData("{{ list.data }}", "[1,2]")]
    [InlineData("{{ five.result.data }}", "5")]
    [InlineData("{{ workload.none.data }}", "null")]
    [InlineData("{{ workload.absent | default('d') }}", "\"d\"")]
    [InlineData("{{ workload.absent.deeper.still | default(7) }}", "7")]
    [InlineData("{{ workload.none | default('d') }}", "null")]
    [InlineData("{{ workload.none | default('d', true) }}", "\"d\"")]
    [InlineData("{{ workload.absent or 'x' }}", "\"x\"")]
    [InlineData("{{ workload.items and workload.n }}", "3")]
    [InlineData("{{ workload.absent is defined }}", "false")]
    [InlineData("{{ workload.none is defined and workload.none is none }}", "true")]
    [InlineData("{{ not workload.absent }}", "true")]
    [InlineData("{{ 'a' if workload.flag else 'b' }}", "\"a\"")]
    [InlineData("{{ error != None }}", "true")]
    [InlineData("{{ True and 'yes' }}", "\"yes\"")]
    [InlineData("{{ workload.items is sequence }}", "true")]
    [InlineData("{{ 2 in workload.items and 5 not in workload.items }}", "true")]
    [InlineData("{{ workload.users | map(attribute='name') | join(', ') }}", "\"Ann, bob\"")]
    [InlineData("{{ workload.users | selectattr('age', 'gt', 10) | list | length }}", "1")]
    [InlineData("{{ workload.quote | tojson }}", "\"\\\"it\\\\u0027s\\\"\"")]
    [InlineData("{{ workload.quote | replace(\"'\", \"''\") }}", "\"it''s\"")]
    [InlineData("{{ workload.items | join('\\n') }}", "\"1\\n2\"")]
    [InlineData("{% for x in workload.items %}{{ loop.index }}:{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "\"1:1,2:2\"")]
    [InlineData("{% for k, v in bare.items() %}{{ k }}={{ v }}{% endfor %}", "\"message=b\"")]
    [InlineData("{% for x in [] %}a{% else %}none{% endfor %}", "\"none\"")]
    [InlineData("{% set t = 1 %}{% for x in [1,2] %}{% set t = t + x %}{{ t }},{% endfor %}{{ t }}", "\"2,3,1\"")]
    [InlineData("{% if workload.n > 5 %}a{% elif workload.n == 3 %}b{% else %}c{% endif %}", "\"b\"")]
    [InlineData("a {#- note -#} b", "\"ab\"")]
    [InlineData("{% raw %}{{ x }}{% endraw %}", "\"{{ x }}\"")]
    [InlineData("'{}'::jsonb {{ workload.n }}", "\"'{}'::jsonb 3\"")]
    [InlineData("line {{ workload.n }}\n", "\"line 3\"")]
    [InlineData("{{ 'a' ~ 1 ~ true }}", "\"a1true\"")]
    [InlineData("{{ workload.get('absent', 4) }}", "4")]
    public void A_template_gives(string text, string json) => Assert.Equal(json, Render(text, lenient: false).ToJson());

    [Theory]
    [InlineData("{{ workload.absent }}", "no_such_key", 1, 4)]
    [InlineData("a\n  {{ workload.absent.x }}", "no_such_key", 2, 6)]
    [InlineData("{{ workload.absent == 1 }}", "no_such_key", 1, 4)]
    [InlineData("{{ 'a' + workload.n }}", "no_such_overload", 1, 8)]
    [InlineData("{{ list[7] }}", "index_out_of_range", 1, 4)]
    public void What_fails_says_where(string text, string code, int line, int column)
    {
        EvalError? error = Render(text, lenient: false).Error;
        Assert.Equal((code, line, column), (error?.Code, error!.Line, error.Column));
    }

    [Theory]
    [InlineData("{{ workloda.x }}", "unknown_name", 4, "did you mean workload?")]
    [InlineData("{{ list | lenght }}", "unknown_filter", 11, "did you mean length?")]
    [InlineData("{{ five is definde }}", "unknown_test", 12, "did you mean defined?")]
    [InlineData("{{ list.szie() }}", "unknown_function", 9, "did you mean size?")]
    [InlineData("{{ five = 5 }}", "syntax", 9, "write == to compare")]
    [InlineData("{{ 1 < five < 9 }}", "syntax", 13, "write a < b and b < c, or use parentheses")]
    [InlineData("{% macro x() %}", "syntax", 4, "the statements are if, elif, else, for, set and raw")]
    [InlineData("{{ five", "syntax", 8, null)]
    [InlineData("{% if five %}", "syntax", 1, null)]
    [InlineData("{{ 'x'.matches('(') }}", "constant_error", 16, null)]
    [InlineData("{{ duration('soon') }}", "constant_error", 4, null)]
    public void What_does_not_compile_says_where_and_what_was_meant(string text, string code, int column, string? hint)
    {
        (ExpressionScope scope, _) = Bound.Of(Data);
        Assert.Null(Template.TryCompile(text, scope, out ExpressionDiagnostic? problem));
        Assert.Equal((code, 1, column, hint), (problem!.Code, problem.Line, problem.Column, problem.Hint));
    }

    [Fact]
    public void Lenient_templates_compare_missing_values()
    {
        Assert.Equal("[false,true,false]", Render("{{ [workload.a == 1, workload.a != 1, workload.a == None] }}", lenient: true).ToJson());
        Assert.Equal("no_such_key", Render("{{ workload.a == 1 }}", lenient: false).Error?.Code);
    }

    [Theory]
    [InlineData("workload.n > 2 && five == 5", "true")]
    [InlineData("workload.absent == 1 || true", "true")]
    [InlineData("has(workload.absent)", "false")]
    [InlineData("workload.users.exists(u, u.age > 30)", "true")]
    [InlineData("{{ workload.absent }}", "false")]
    [InlineData("{{ workload.items }}", "true")]
    [InlineData(" {{ workload.message == 'Hi' }} ", "true")]
    [InlineData("workload.n", "not_bool")]
    [InlineData("workload.absent", "no_such_key")]
    [InlineData("bare.data.message == 'b'", "no_such_key")]
    public void A_condition_gives(string text, string expected)
    {
        (ExpressionScope scope, Bound variables) = Bound.Of(Data);
        Condition condition = Condition.TryCompile(text, scope, out ExpressionDiagnostic? problem)
            ?? throw new InvalidOperationException(problem!.ToString());
        Value value = condition.Evaluate(variables);
        Assert.Equal(expected, value.Error?.Code ?? value.ToJson());
    }

    [Fact]
    public void An_explanation_gives_the_value_of_each_part()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of(Data);
        Condition condition = Condition.TryCompile("workload.n > 2 && bare.absent == 1", scope, out _)!;
        Explanation explanation = condition.Explain(variables);
        Assert.Equal("no_such_key", explanation.Value.Error?.Code);
        Assert.Equal(
            ["workload.n > 2 && bare.absent == 1", "workload.n > 2", "workload.n", "workload", "bare.absent == 1", "bare.absent", "bare"],
            explanation.Parts.Select(p => p.Text));
        Assert.Equal(3, explanation.Parts[2].Value.AsInt);
        Assert.Equal((1, 19), (explanation.Parts[4].Line, explanation.Parts[4].Column));
    }

    [Fact]
    public void An_explained_template_gives_its_expressions()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of(Data);
        Template template = Template.TryCompile("{% for x in list %}{{ x * 2 }};{% endfor %}{{ five }}", scope, out _)!;
        Explanation explanation = template.Explain(variables);
        Assert.Equal("2;4;5", explanation.Value.AsString);
        Assert.Equal(["list", "x * 2", "x", "five"], explanation.Parts.Select(p => p.Text));
        Assert.Equal(4, explanation.Parts[1].Value.AsInt);
        Assert.True(explanation.Fuel > 0);
    }

    [Fact]
    public void Slots_are_the_names_a_text_mentions()
    {
        (ExpressionScope scope, _) = Bound.Of(Data);
        Template template = Template.TryCompile("{{ list }} {% for five in bare %}{{ five }}{% endfor %}", scope, out _)!;
        Assert.Equal(["bare", "list"], template.Slots.Select(s => scope.Names[s]).Order());
        Assert.True(Template.TryCompile("select '{}' { }", scope, out _)!.IsLiteral);
    }

    private static Value Render(string text, bool lenient)
    {
        (ExpressionScope scope, Bound variables) = Bound.Of(Data.Replace("\"five\": 5,", "\"five\": 5, \"error\": \"e\",", StringComparison.Ordinal));
        Template template = Template.TryCompile(text, scope, lenient, out ExpressionDiagnostic? problem)
            ?? throw new InvalidOperationException($"{text}: {problem}");
        return template.Evaluate(variables);
    }
}
