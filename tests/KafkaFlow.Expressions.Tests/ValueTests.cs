namespace KafkaFlow.Expressions.Tests;

[Trait("tier", "fast")]
public sealed class ValueTests
{
    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("18446744073709551616")]
    [InlineData("0.10")]
    [InlineData("1E400")]
    [InlineData("123456789012345678901234567890.0000000001")]
    [InlineData("{\"b\":[1,2.50,{\"a\":null}],\"a\":true,\"\":\"\\u0000\\\"\\\\ü😀\"}")]
    [InlineData("\"\\ud800\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void Json_that_is_only_passed_through_stays_as_it_is(string json) =>
        Assert.Equal(json, Value.FromJson(json).ToJson());

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData("+1")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("'a'")]
    [InlineData("\"\n\"")]
    [InlineData("\"\\x\"")]
    [InlineData("NaN")]
    [InlineData("true false")]
    [InlineData("\"open")]
    public void Malformed_json_is_an_error_value(string json) => Assert.Equal("bad_json", Value.FromJson(json).Error?.Code);

    [Fact]
    public void A_repeated_key_keeps_its_place_and_takes_the_later_value()
    {
        Assert.Equal("{\"a\":3,\"b\":2}", Value.FromJson("{\"a\":1,\"b\":2,\"a\":3}").ToJson());
        Assert.Equal("{\"a\":3,\"b\":2}", Value.Map([new("a", Value.Int(1)), new("b", Value.Int(2)), new("a", Value.Int(3))]).ToJson());
    }

    [Fact]
    public void Large_maps_find_every_key()
    {
        Value map = Value.Map([.. Enumerable.Range(0, 1_000).Select(i => new KeyValuePair<string, Value>($"k{i}", Value.Int(i)))]);
        Assert.All(Enumerable.Range(0, 1_000), i => Assert.Equal(i, map.Get($"k{i}").AsInt));
        Assert.Equal(ValueKind.Missing, map.Get("k1000").Kind);
    }

    [Fact]
    public void The_default_is_null_and_missing_is_not()
    {
        Assert.Equal(ValueKind.Null, default(Value).Kind);
        Assert.Equal("null", Value.Missing.ToJson());
        Assert.False(Value.Missing.IsError);
        Assert.Throws<InvalidOperationException>(() => Value.FromJson("x").ToJson());
    }

    [Fact]
    public void Items_made_on_demand_are_read_only_where_they_are_used()
    {
        var lazy = new CountingList(1_000);
        var scope = new ExpressionScope(["list"]);
        Expression expression = Expression.TryCompile("list[7] == 7 && list.exists(x, x == 3)", scope, out _)!;
        Assert.True(expression.Evaluate(new Bound([Value.List(lazy)])).AsBool);
        Assert.Equal(5, lazy.Reads);
    }

    [Fact]
    public async Task Many_threads_share_compiled_texts()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of("{\"a\": {\"n\": 5, \"s\": \"abc\"}, \"l\": [3, 1, 2]}");
        Condition condition = Condition.TryCompile("l.exists(x, x > 2) && a.s.matches('^a.c$') && a.n > 4", scope, out _)!;
        Template template = Template.TryCompile("{% for x in l | sort %}{% set y = x + a.n %}{{ y }},{% endfor %}", scope, out _)!;
        Task[] tasks = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                Assert.True(condition.Evaluate(variables).AsBool);
                Assert.Equal("6,7,8,", template.Evaluate(variables).AsString);
            }
        }))];
        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_variable_may_itself_be_rendered_from_a_template()
    {
        var scope = new ExpressionScope(["outer", "inner"]);
        Template inner = Template.TryCompile("<{{ inner }}>", scope, out _)!;
        Template outer = Template.TryCompile("{% set a = 1 %}{{ outer }}{{ a }}{{ outer }}", scope, out _)!;
        Assert.Equal("<x>1<x>", outer.Evaluate(new Nested(inner)).AsString);
    }

    [Fact]
    public void A_condition_allocates_nothing()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of("{\"output\": {\"score\": 90}, \"ctx\": {\"e\": {\"output\": {\"revenue\": 5}}}}");
        Condition condition = Condition.TryCompile("output.score >= 80 && ctx.e.output.revenue > 1", scope, out _)!;
        condition.Evaluate(variables);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            condition.Evaluate(variables);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Nested(Template inner) : IVariables
    {
        public Value Get(int slot) => slot == 0 ? inner.Evaluate(this) : Value.String("x");
    }

    private sealed class CountingList(int count) : IReadOnlyList<Value>
    {
        public int Reads { get; private set; }
        public int Count => count;

        public Value this[int index]
        {
            get
            {
                Reads++;
                return Value.Int(index);
            }
        }

        public IEnumerator<Value> GetEnumerator() => Enumerable.Range(0, count).Select(i => this[i]).GetEnumerator();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
