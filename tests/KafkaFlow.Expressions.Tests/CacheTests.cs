namespace KafkaFlow.Expressions.Tests;

[Trait("tier", "fast")]
public sealed class CacheTests
{
    private static readonly ExpressionScope Scope = new(["a", "b"]);

    [Fact]
    public void The_same_text_for_an_equal_scope_is_compiled_once()
    {
        var cache = new ExpressionCache();
        Condition? first = cache.TryCondition("a > 1", Scope, out _);
        Assert.Same(first, cache.TryCondition("a > 1", new ExpressionScope(["a", "b"]), out ExpressionDiagnostic? problem));
        Assert.Null(problem);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void Another_scope_or_mode_has_an_entry_of_its_own()
    {
        var cache = new ExpressionCache();
        const string text = "{{ b == 1 }}";
        CompiledExpression?[] compiled =
        [
            cache.TryExpression(text, Scope, out _), cache.TryCondition(text, Scope, out _),
            cache.TryTemplate(text, Scope, out _), cache.TryTemplate(text, Scope, out _, lenientUndefined: true),
            cache.TryCondition(text, Scope, out _, lenientUndefined: true),
            cache.TryTemplate(text, new ExpressionScope(["b", "a"]), out _),
        ];
        Assert.DoesNotContain(null, compiled);
        Assert.Equal(compiled.Length, compiled.Distinct().Count());
        Assert.Equal(compiled.Length, cache.Count);
        // A slot is a place within the scope: b is the second name here and the first there.
        Assert.Equal([1], compiled[2]!.Slots);
        Assert.Equal([0], compiled[^1]!.Slots);
    }

    [Fact]
    public void What_was_used_longest_ago_goes_first()
    {
        var cache = new ExpressionCache(maxTexts: 2);
        Condition? kept = cache.TryCondition("a == 1", Scope, out _);
        Condition? dropped = cache.TryCondition("a == 2", Scope, out _);
        Assert.Same(kept, cache.TryCondition("a == 1", Scope, out _));
        cache.TryCondition("a == 3", Scope, out _);
        Assert.Equal(2, cache.Count);
        Assert.Same(kept, cache.TryCondition("a == 1", Scope, out _));
        Assert.NotSame(dropped, cache.TryCondition("a == 2", Scope, out _));
    }

    [Fact]
    public void The_characters_kept_are_bounded_and_a_longer_text_is_not_kept()
    {
        var cache = new ExpressionCache(maxTexts: 1_000, maxChars: 100);
        for (int i = 10; i < 60; i++)
        {
            Assert.NotNull(cache.TryTemplate($"{{{{ a }}}} and {i}", Scope, out _));
            Assert.InRange(cache.Chars, 1, 100);
        }
        Assert.Equal(cache.Count * "{{ a }} and 10".Length, cache.Chars);
        Assert.NotNull(cache.TryTemplate("{{ a }}" + new string('x', 100), Scope, out _));
        Assert.InRange(cache.Chars, 1, 100);
    }

    [Fact]
    public void A_text_that_does_not_compile_is_told_each_time_and_not_kept()
    {
        var cache = new ExpressionCache();
        for (int i = 0; i < 2; i++)
        {
            Assert.Null(cache.TryExpression("aa > 1", new ExpressionScope(["aaa"]), out ExpressionDiagnostic? problem));
            Assert.Equal(("unknown_name", 1, 1, "did you mean aaa?"), (problem!.Code, problem.Line, problem.Column, problem.Hint));
        }
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task Many_threads_get_what_they_asked_for_while_texts_are_evicted()
    {
        const int texts = 60;
        const int threads = 8;
        var cache = new ExpressionCache(maxTexts: texts / 3);
        (ExpressionScope scope, Bound variables) = Bound.Of("{\"a\": 1, \"b\": 2}");
        Task[] tasks = [.. Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 5_000; i++)
            {
                int n = random.Next(texts);
                Assert.Equal(n + 1, cache.TryExpression($"a + {n}", scope, out _)!.Evaluate(variables).AsInt);
                Assert.Equal($"2{n}", cache.TryTemplate($"{{{{ b }}}}{n}", scope, out _)!.Evaluate(variables).AsString);
                Assert.InRange(cache.Count, 1, texts / 3);
            }
        }))];
        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(texts / 3, cache.Count);
    }
}
